package io.podstamp.differential.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.simpleframework.http.Request;
import org.simpleframework.http.Response;
import org.simpleframework.http.core.ContainerSocketProcessor;
import org.simpleframework.transport.connect.Connection;
import org.simpleframework.transport.connect.SocketConnection;

/// The Simple framework with its defaults.
final class SimplePeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final Connection server;
  private final InetSocketAddress address;

  SimplePeer() throws IOException {
    server = new SocketConnection(new ContainerSocketProcessor(this::answer, 4));
    address =
        (InetSocketAddress)
            server.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  private void answer(Request request, Response response) {
    List<SeenRequest.Header> headers = new ArrayList<>();
    for (String name : request.getNames()) {
      for (String value : request.getValues(name)) {
        headers.add(new SeenRequest.Header(name, value));
      }
    }
    recorder.add(request.getClientAddress(), request.getMethod(), request.getTarget(), headers);
    try {
      request.getInputStream().readAllBytes();
      response.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
