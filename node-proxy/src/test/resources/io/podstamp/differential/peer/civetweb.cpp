#include <civetweb.h>

#include "saw.hpp"

static int answer(mg_connection* connection) {
  const mg_request_info* request = mg_get_request_info(connection);
  std::vector<std::string> headers;
  for (int i = 0; i < request->num_headers; i++)
    headers.insert(headers.end(), {text(request->http_headers[i].name), text(request->http_headers[i].value)});
  saw(request->remote_addr, text(request->request_method), text(request->local_uri), headers);
  char body[8192];
  while (mg_read(connection, body, sizeof body) > 0) continue;
  mg_printf(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  return 200;
}

int main(int, char** argv) {
  mg_callbacks callbacks{};
  callbacks.begin_request = answer;
  std::string port = "127.0.0.1:" + std::string(argv[1]);
  const char* options[] = {"listening_ports", port.c_str(), "num_threads", "32", "enable_keep_alive", "yes", "keep_alive_timeout_ms", "500", nullptr};
  if (!mg_start(&callbacks, nullptr, options)) return 1;
  pause();
}
