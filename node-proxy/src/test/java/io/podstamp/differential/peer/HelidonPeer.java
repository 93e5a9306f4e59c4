package io.podstamp.differential.peer;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/// Helidon's web server with its defaults.
final class HelidonPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final WebServer server;

  HelidonPeer() {
    server =
        WebServer.builder()
            .address(InetAddress.ofLiteral("127.0.0.1"))
            .port(0)
            .addRouting(HttpRouting.builder().any(this::answer))
            .build()
            .start();
  }

  private void answer(ServerRequest request, ServerResponse response) {
    List<SeenRequest.Header> headers = new ArrayList<>();
    request
        .headers()
        .forEach(
            header ->
                header
                    .allValues()
                    .forEach(value -> headers.add(new SeenRequest.Header(header.name(), value))));
    recorder.add(
        request.remotePeer().address(),
        request.prologue().method().text(),
        request.path().rawPath(),
        headers);
    if (request.content().hasEntity()) {
      try (InputStream body = request.content().inputStream()) {
        body.readAllBytes();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    response.send();
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.port());
  }

  @Override
  public void close() {
    server.stop();
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
