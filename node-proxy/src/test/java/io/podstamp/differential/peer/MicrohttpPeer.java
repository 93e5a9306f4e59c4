package io.podstamp.differential.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import org.microhttp.EventLoop;
import org.microhttp.OptionsBuilder;
import org.microhttp.Request;
import org.microhttp.Response;

/// microhttp with its defaults. It does not tell whose request one is.
final class MicrohttpPeer implements HttpPeer {
  private static final InetSocketAddress UNKNOWN =
      new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);

  private final Recorder recorder = new Recorder();
  private final EventLoop server;
  private final int port;

  MicrohttpPeer() throws IOException {
    server =
        new EventLoop(
            OptionsBuilder.newBuilder().withHost("127.0.0.1").withPort(0).build(), this::answer);
    server.start();
    port = server.getPort();
  }

  private void answer(Request request, Consumer<Response> answers) {
    recorder.add(
        UNKNOWN,
        request.method(),
        request.uri(),
        request.headers().stream()
            .map(header -> new SeenRequest.Header(header.name(), header.value()))
            .toList());
    answers.accept(new Response(200, "OK", List.of(), new byte[0]));
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
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
