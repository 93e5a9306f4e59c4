package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The snippets of `docs/gateway.md`, each run by the program that it is for, in front of a server
/// that answers with the `X-Client-Hostname` that reached it. This machine plays the Nodes.
final class GatewayDocsTest {
  private static final Path DOCS = Path.of("../docs/gateway.md");
  private static final String NODES = "10.214.0.0/24";

  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer backend;
  private int port;
  @TempDir private Path home;

  @BeforeEach
  void backend() throws IOException {
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          List<String> names =
              exchange.getRequestHeaders().getOrDefault("X-Client-Hostname", List.of());
          byte[] body = String.join(",", names).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    backend.start();
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void end() {
    backend.stop(0);
    client.close();
  }

  @Test
  void nginx_limitsEachPodByItself() throws Exception {
    nginx("127.0.0.1/32", this::limitsEachPodByItself);
  }

  @Test
  void nginx_believesNobodyElse() throws Exception {
    nginx(NODES, this::believesNobodyElse);
  }

  @Test
  void haproxy_limitsEachPodByItself() throws Exception {
    haproxy("127.0.0.1/32", this::limitsEachPodByItself);
  }

  @Test
  void haproxy_believesNobodyElse() throws Exception {
    haproxy(NODES, this::believesNobodyElse);
  }

  private void limitsEachPodByItself() throws Exception {
    assertThat(get("10.244.1.6", "orders").body()).isEqualTo("orders");
    assertThat(get("9.9.9.9, 10.244.1.6", "orders").statusCode()).isEqualTo(200);
    assertThat(get("10.244.1.6", "orders").statusCode()).isEqualTo(429);
    assertThat(get("10.244.1.7", "reports").statusCode()).isEqualTo(200);
    assertThat(get("10.244.1.6, 10.244.1.8", "spoofer").statusCode()).isEqualTo(200);
  }

  private void believesNobodyElse() throws Exception {
    assertThat(get("10.244.1.6", "orders").body()).isEmpty();
    assertThat(get("10.244.1.7", "orders").statusCode()).isEqualTo(200);
    assertThat(get("10.244.1.8", "orders").statusCode()).isEqualTo(429);
  }

  private HttpResponse<String> get(String forwardedFor, String name) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
            .header("X-Forwarded-For", forwardedFor)
            .header("X-Client-Hostname", name)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private interface Story {
    void tell() throws Exception;
  }

  /// @param nodes what the snippet takes for the Nodes
  private void nginx(String nodes, Story story) throws Exception {
    String temporary =
        List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi").stream()
            .map(kind -> kind + "_temp_path " + kind + ";\n")
            .collect(Collectors.joining());
    String config =
        "daemon off; master_process off; pid nginx.pid; error_log stderr;\n"
            + "events { }\nhttp {\naccess_log off;\n"
            + temporary
            + "upstream backend { server %s; }\n".formatted(backendAddress())
            + snippet("## nginx")
                .replace(NODES, nodes)
                .replace("listen 80", "listen 127.0.0.1:" + port)
                .replace("rate=100r/s", "rate=1r/m")
                .replace("burst=50", "burst=1")
            + "}\n";
    Files.writeString(home.resolve("nginx.conf"), config);
    run(story, "nginx", "-p", home + "/", "-c", "nginx.conf", "-e", "stderr");
  }

  private void haproxy(String nodes, Story story) throws Exception {
    String config =
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
            + snippet("## HAProxy")
                .replace(NODES, nodes)
                .replace("bind :80", "bind 127.0.0.1:" + port)
                .replace("http_req_rate(1s)", "http_req_rate(1m)")
                .replace("gt 100", "gt 2")
            + "backend backend\n  server one %s\n".formatted(backendAddress());
    Files.writeString(home.resolve("haproxy.cfg"), config);
    run(story, "haproxy", "-f", home.resolve("haproxy.cfg").toString());
  }

  private void run(Story story, String... command) throws Exception {
    try (Daemon gateway =
        Daemon.start(command[0], List.of(command), home.resolve(command[0] + ".log"))) {
      gateway.await(() -> Run.ok("ss", "-Hltn", "sport = :" + port).contains("LISTEN"));
      story.tell();
    }
  }

  private String backendAddress() {
    return "127.0.0.1:" + backend.getAddress().getPort();
  }

  /// The indented lines below a heading.
  private static String snippet(String heading) throws IOException {
    return Files.readAllLines(DOCS).stream()
        .dropWhile(line -> !line.equals(heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("    ") || line.isEmpty())
        .map(String::strip)
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
