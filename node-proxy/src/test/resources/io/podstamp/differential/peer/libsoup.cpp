#include <libsoup/soup.h>

#include "saw.hpp"

static void answer(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*, gpointer) {
  std::vector<std::string> headers;
  SoupMessageHeadersIter all;
  const char *name, *value;
  soup_message_headers_iter_init(&all, soup_server_message_get_request_headers(message));
  while (soup_message_headers_iter_next(&all, &name, &value)) headers.insert(headers.end(), {name, value});
  saw(text(soup_server_message_get_remote_host(message)), soup_server_message_get_method(message), text(path), headers);
  soup_server_message_set_status(message, 200, nullptr);
}

int main(int, char** argv) {
  SoupServer* server = soup_server_new("server-header", "x", nullptr);
  soup_server_add_handler(server, nullptr, answer, nullptr, nullptr);
  GSocketAddress* address = g_inet_socket_address_new_from_string("127.0.0.1", static_cast<guint>(std::stoi(argv[1])));
  if (!soup_server_listen(server, address, static_cast<SoupServerListenOptions>(0), nullptr)) return 1;
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}
