#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>

#include "saw.hpp"

struct Answer : Poco::Net::HTTPRequestHandler {
  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    std::vector<std::string> headers;
    for (auto& [name, value] : request) headers.insert(headers.end(), {name, value});
    saw(request.clientAddress().host().toString(), request.getMethod(), request.getURI(), headers);
    Poco::NullOutputStream nowhere;
    Poco::StreamCopier::copyStream(request.stream(), nowhere);
    response.setContentLength(0);
    response.send();
  }
};

struct Factory : Poco::Net::HTTPRequestHandlerFactory {
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override { return new Answer; }
};

int main(int, char** argv) {
  Poco::ThreadPool threads(32, 64);
  Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(std::stoi(argv[1]))));
  Poco::Net::HTTPServer server(new Factory, threads, socket, new Poco::Net::HTTPServerParams);
  server.start();
  pause();
}
