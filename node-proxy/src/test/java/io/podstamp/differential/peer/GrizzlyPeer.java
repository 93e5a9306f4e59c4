package io.podstamp.differential.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/// Grizzly with its defaults.
final class GrizzlyPeer implements HttpPeer {
  private final Recorder recorder = new Recorder();
  private final HttpServer server = new HttpServer();
  private final NetworkListener listener = new NetworkListener("peer", "127.0.0.1", 0);

  GrizzlyPeer() throws IOException {
    java.util.logging.Logger.getLogger("org.glassfish.grizzly")
        .setLevel(java.util.logging.Level.OFF);
    server.addListener(listener);
    server.getServerConfiguration().addHttpHandler(new Answers(), "/");
    server.start();
  }

  private final class Answers extends HttpHandler {
    @Override
    public void service(Request request, Response response) throws IOException {
      List<SeenRequest.Header> headers = new ArrayList<>();
      for (String name : request.getHeaderNames()) {
        for (String value : request.getHeaders(name)) {
          headers.add(new SeenRequest.Header(name, value));
        }
      }
      recorder.add(
          new InetSocketAddress(InetAddress.ofLiteral(request.getRemoteAddr()), 0),
          request.getMethod().getMethodString(),
          request.getRequestURI(),
          headers);
      request.getInputStream().readAllBytes();
    }
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), listener.getPort());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
