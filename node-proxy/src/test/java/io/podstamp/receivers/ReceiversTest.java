package io.podstamp.receivers;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.doctor.Finding;
import io.podstamp.doctor.GatewayCheck;
import io.undertow.Undertow;
import io.undertow.server.handlers.ProxyPeerAddressHandler;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.RemoteIpValve;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows of docs/receivers.csv, run in this JVM; loopback plays the Nodes. What more programs do is
/// run by scripts/e2e-receivers.sh.
class ReceiversTest {
  private static final String POD = "10.244.1.6";
  private static final String FORGED = "9.9.9.9";
  private static final Map<String, String> COMPANIONS =
      Map.of(
          "Forwarded", "for=" + FORGED,
          "X-Real-IP", FORGED,
          "X-Client-IP", FORGED,
          "True-Client-IP", FORGED,
          "CF-Connecting-IP", FORGED);

  /// Kept, since java.util.logging forgets loggers that nobody holds.
  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

  @TempDir private Path home;

  private interface Program extends AutoCloseable {
    int port();

    @Override
    void close();
  }

  @Test
  void tomcat_isAsTheTableHasIt_andTheWrongTrustIsTold() throws Exception {
    Receiver row = Receiver.named("Tomcat RemoteIpValve");
    assertThat(org.apache.catalina.util.ServerInfo.getServerNumber()).startsWith(row.version());
    try (Program program = tomcat(new RemoteIpValve())) {
      assertThat(seen(program)).isEqualTo(expected(row));
      assertThat(check(program).getFirst())
          .satisfies(
              finding -> {
                assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
                assertThat(finding.sentence()).contains("took '192.88.99.66'", "trusts the Pods'");
                assertThat(finding.fix()).contains("Nodes' addresses only");
              });
    }
    RemoteIpValve right = new RemoteIpValve();
    right.setInternalProxies("127\\.0\\.0\\.1");
    try (Program program = tomcat(right)) {
      assertThat(ask(program, Map.of("X-Forwarded-For", POD))).isEqualTo("pod");
      assertThat(ask(program, Map.of("X-Forwarded-For", FORGED + ", " + POD))).isEqualTo("pod");
      assertThat(check(program)).extracting(Finding::level).containsExactly(Finding.Level.OK);
    }
  }

  @Test
  void jetty_isAsTheTableHasIt_andThePreferredNameIsTold() throws Exception {
    Receiver row = Receiver.named("Jetty ForwardedRequestCustomizer");
    assertThat(Server.getVersion()).isEqualTo(row.version());
    try (Program program = jetty()) {
      assertThat(seen(program)).isEqualTo(expected(row));
      assertThat(check(program).getLast().fix()).contains("removeAlso: [Forwarded]");
    }
  }

  @Test
  void undertow_isAsTheTableHasIt() throws Exception {
    Receiver row = Receiver.named("Undertow");
    assertThat(io.undertow.Version.getVersionString()).isEqualTo(row.version());
    try (Program program = undertow()) {
      assertThat(seen(program)).isEqualTo(expected(row));
    }
  }

  private record Seen(String set, String append, List<String> preferred) {}

  private static Seen expected(Receiver row) {
    return new Seen(row.set(), row.append(), row.preferred());
  }

  private static Seen seen(Program program) throws Exception {
    List<String> preferred = new ArrayList<>();
    for (Map.Entry<String, String> companion : COMPANIONS.entrySet()) {
      Map<String, String> headers =
          Map.of("X-Forwarded-For", POD, companion.getKey(), companion.getValue());
      if (!ask(program, headers).equals("pod")) {
        preferred.add(companion.getKey());
      }
    }
    return new Seen(
        ask(program, Map.of("X-Forwarded-For", POD)),
        ask(program, Map.of("X-Forwarded-For", FORGED + ", " + POD)),
        preferred.stream().sorted().toList());
  }

  private static String ask(Program program, Map<String, String> headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(program));
    headers.forEach(request::header);
    try (HttpClient client = HttpClient.newHttpClient()) {
      String address = client.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
      return switch (address) {
        case POD -> "pod";
        case FORGED -> "forged";
        case "127.0.0.1" -> "node";
        default -> address;
      };
    }
  }

  private static List<Finding> check(Program program) {
    return new GatewayCheck(uri(program), InetAddress.ofLiteral(POD)).look();
  }

  private static URI uri(Program program) {
    return URI.create("http://127.0.0.1:" + program.port() + "/");
  }

  private Program tomcat(RemoteIpValve valve) throws Exception {
    TOMCAT_LOG.setLevel(Level.SEVERE);
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(home.toString());
    Connector connector = new Connector("HTTP/1.1");
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", home.toString());
    context.getPipeline().addValve(valve);
    Tomcat.addServlet(context, "answer", new Answer()).addMapping("/*");
    tomcat.start();
    return new Program() {
      @Override
      public int port() {
        return connector.getLocalPort();
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
    };
  }

  private static final class Answer extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getOutputStream().print(request.getRemoteAddr());
    }
  }

  private static Program jetty() throws Exception {
    Server server = new Server();
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.addCustomizer(new ForwardedRequestCustomizer());
    ServerConnector connector =
        new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            Content.Sink.write(response, true, Request.getRemoteAddr(request), callback);
            return true;
          }
        });
    server.start();
    return new Program() {
      @Override
      public int port() {
        return connector.getLocalPort();
      }

      @Override
      public void close() {
        try {
          server.stop();
        } catch (Exception e) {
          throw new IllegalStateException("Jetty does not end", e);
        }
      }
    };
  }

  private static Program undertow() {
    Undertow server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(1)
            .setWorkerThreads(2)
            .setHandler(
                new ProxyPeerAddressHandler(
                    exchange ->
                        exchange
                            .getResponseSender()
                            .send(
                                exchange.getSourceAddress().getHostString(),
                                StandardCharsets.UTF_8)))
            .build();
    server.start();
    return new Program() {
      @Override
      public int port() {
        return ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort();
      }

      @Override
      public void close() {
        server.stop();
      }
    };
  }
}
