#include <httplib.h>

#include "saw.hpp"

int main(int, char** argv) {
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(32); };
  auto answer = [](const httplib::Request& request, httplib::Response& response) {
    std::vector<std::string> headers;
    for (auto& [name, value] : request.headers)
      if (name != "REMOTE_ADDR" && name != "REMOTE_PORT") headers.insert(headers.end(), {name, value});
    saw(request.remote_addr, request.method, request.path, headers);
    response.set_content("", "text/plain");
  };
  server.Get(".*", answer).Post(".*", answer).Put(".*", answer).Patch(".*", answer).Delete(".*", answer).Options(".*", answer);
  server.listen("127.0.0.1", std::stoi(argv[1]));
}
