package io.podstamp.differential.peer;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// Vert.x with its defaults, which take HTTP/2 too.
final class VertxPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;

  VertxPeer() {
    server =
        vertx
            .createHttpServer()
            .requestHandler(this::answer)
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .join();
  }

  private void answer(HttpServerRequest request) {
    recorder.add(
        new InetSocketAddress(InetAddress.ofLiteral(request.remoteAddress().hostAddress()), 0),
        request.method().name(),
        request.uri(),
        request.headers().entries().stream()
            .map(header -> new SeenRequest.Header(header.getKey(), header.getValue()))
            .toList());
    request.endHandler(_ -> request.response().end());
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.actualPort());
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
