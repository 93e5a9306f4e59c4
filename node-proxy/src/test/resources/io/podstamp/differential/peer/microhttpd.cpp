#include <arpa/inet.h>
#include <microhttpd.h>

#include "saw.hpp"

static MHD_Result keep(void* headers, MHD_ValueKind, const char* name, const char* value) {
  static_cast<std::vector<std::string>*>(headers)->insert(static_cast<std::vector<std::string>*>(headers)->end(), {text(name), text(value)});
  return MHD_YES;
}

static MHD_Result answer(void*, MHD_Connection* connection, const char* url, const char* method, const char*, const char*, size_t* size, void** state) {
  static int begun;
  if (!*state) {
    *state = &begun;
    auto address = reinterpret_cast<const sockaddr_in*>(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    char client[INET_ADDRSTRLEN];
    std::vector<std::string> headers;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, keep, &headers);
    saw(inet_ntop(AF_INET, &address->sin_addr, client, sizeof client), method, url, headers);
    return MHD_YES;
  }
  if (*size) {
    *size = 0;
    return MHD_YES;
  }
  MHD_Response* response = MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
  MHD_Result queued = MHD_queue_response(connection, 200, response);
  MHD_destroy_response(response);
  return queued;
}

int main(int, char** argv) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(argv[1])));
  if (!MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr, nullptr, answer, nullptr, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END)) return 1;
  pause();
}
