package io.podstamp.differential.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The JDK's `com.sun.net.httpserver`, the most lenient of all.
final class JdkPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  JdkPeer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 256);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    List<SeenRequest.Header> headers =
        exchange.getRequestHeaders().entrySet().stream()
            .flatMap(
                entry ->
                    entry.getValue().stream()
                        .map(value -> new SeenRequest.Header(entry.getKey(), value)))
            .toList();
    recorder.add(
        exchange.getRemoteAddress(),
        exchange.getRequestMethod(),
        exchange.getRequestURI().toString(),
        headers);
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, -1);
    }
  }

  @Override
  public InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
