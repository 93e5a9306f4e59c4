package io.podstamp.differential.peer;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.HeaderValues;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/// Undertow with its defaults.
final class UndertowPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final Undertow server;

  UndertowPeer() {
    server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(1)
            .setWorkerThreads(8)
            .setHandler(new BlockingHandler(this::answer))
            .build();
    server.start();
  }

  private void answer(HttpServerExchange exchange) throws IOException {
    List<SeenRequest.Header> headers = new ArrayList<>();
    for (HeaderValues values : exchange.getRequestHeaders()) {
      for (String value : values) {
        headers.add(new SeenRequest.Header(values.getHeaderName().toString(), value));
      }
    }
    recorder.add(
        exchange.getSourceAddress(),
        exchange.getRequestMethod().toString(),
        exchange.getRequestURI(),
        headers);
    exchange.getInputStream().readAllBytes();
    exchange.endExchange();
  }

  @Override
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
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
