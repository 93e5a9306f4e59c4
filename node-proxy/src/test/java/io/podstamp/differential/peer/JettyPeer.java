package io.podstamp.differential.peer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// Jetty with its defaults.
final class JettyPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final Server server = new Server(new QueuedThreadPool(16));
  private final ServerConnector connector = new ServerConnector(server, 1, 1);

  JettyPeer() throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(new Answers());
    server.start();
  }

  private final class Answers extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      recorder.add(
          request.getConnectionMetaData().getRemoteSocketAddress(),
          request.getMethod(),
          request.getHttpURI().toString(),
          request.getHeaders().stream()
              .map(field -> new SeenRequest.Header(field.getName(), field.getValue()))
              .toList());
      Content.Source.consumeAll(request, callback);
      return true;
    }
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), connector.getLocalPort());
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("Jetty does not end", e);
    }
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
