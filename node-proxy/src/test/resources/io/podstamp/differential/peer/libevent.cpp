#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "saw.hpp"

static void answer(evhttp_request* request, void*) {
  char* client = nullptr;
  ev_uint16_t port;
  evhttp_connection_get_peer(evhttp_request_get_connection(request), &client, &port);
  std::vector<std::string> headers;
  for (evkeyval* header = evhttp_request_get_input_headers(request)->tqh_first; header; header = header->next.tqe_next)
    headers.insert(headers.end(), {header->key, header->value});
  saw(text(client), std::to_string(evhttp_request_get_command(request)), text(evhttp_request_get_uri(request)), headers);
  evhttp_send_reply(request, 200, "OK", nullptr);
}

int main(int, char** argv) {
  event_base* base = event_base_new();
  evhttp* http = evhttp_new(base);
  evhttp_set_allowed_methods(http, 0xffff);
  evhttp_set_gencb(http, answer, nullptr);
  if (evhttp_bind_socket(http, "127.0.0.1", static_cast<ev_uint16_t>(std::stoi(argv[1])))) return 1;
  return event_base_dispatch(base);
}
