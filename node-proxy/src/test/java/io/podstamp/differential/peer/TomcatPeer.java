package io.podstamp.differential.peer;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/// Tomcat with its defaults, and a servlet for every path.
final class TomcatPeer implements HttpPeer {
  /// Kept, since java.util.logging forgets loggers that nobody holds.
  private static final Logger LOG = Logger.getLogger("org.apache");

  private final Recorder recorder = new Recorder();
  private final Tomcat tomcat = new Tomcat();

  TomcatPeer(Path home) throws LifecycleException {
    LOG.setLevel(Level.SEVERE);
    tomcat.setBaseDir(home.toString());
    Connector connector = new Connector("HTTP/1.1");
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", home.toString());
    Tomcat.addServlet(context, "answers", new Answers()).addMapping("/*");
    tomcat.start();
  }

  private final class Answers extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      List<SeenRequest.Header> headers = new ArrayList<>();
      for (String name : Collections.list(request.getHeaderNames())) {
        for (String value : Collections.list(request.getHeaders(name))) {
          headers.add(new SeenRequest.Header(name, value));
        }
      }
      recorder.add(
          new InetSocketAddress(
              InetAddress.ofLiteral(request.getRemoteAddr()), request.getRemotePort()),
          request.getMethod(),
          request.getRequestURI(),
          headers);
      request.getInputStream().readAllBytes();
    }
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(
        InetAddress.ofLiteral("127.0.0.1"), tomcat.getConnector().getLocalPort());
  }

  @Override
  public void close() {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IllegalStateException("Tomcat does not end", e);
    }
  }

  @Override
  public List<SeenRequest> seen() {
    return recorder.seen();
  }
}
