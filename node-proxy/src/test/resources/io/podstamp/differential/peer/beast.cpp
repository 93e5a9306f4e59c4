#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <sstream>
#include <thread>

#include "saw.hpp"

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

static void serve(tcp::socket socket) {
  boost::beast::flat_buffer buffer;
  boost::system::error_code failed;
  std::string client = socket.remote_endpoint(failed).address().to_string();
  while (!failed) {
    http::request<http::string_body> request;
    http::read(socket, buffer, request, failed);
    if (failed) return;
    std::vector<std::string> headers;
    for (auto& field : request) headers.insert(headers.end(), {std::string(field.name_string()), std::string(field.value())});
    saw(client, std::string(request.method_string()), std::string(request.target()), headers);
    http::response<http::empty_body> response(http::status::ok, request.version());
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    http::write(socket, response, failed);
    if (!response.keep_alive()) return;
  }
}

int main(int, char** argv) {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::stoi(argv[1]))});
  while (true) std::thread(serve, acceptor.accept()).detach();
}
