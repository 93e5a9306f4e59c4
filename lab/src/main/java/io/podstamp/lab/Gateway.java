package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What sits outside the cluster: Debian's nginx with an access log. `/limited/` is rate limited by
/// the stamped name; requests without one have no limit there, as nginx has it for empty keys.
public final class Gateway implements AutoCloseable {
  public static final int PORT = 80;

  /// HTTPS, as most gateways have it.
  static final int TLS_PORT = 443;

  /// HTTPS behind a header of the PROXY protocol, and nothing without one.
  static final int TOLD_PORT = 8443;

  /// What one client may send below `/limited/`: five at once, then five a second.
  public static final int LIMIT = 5;

  private static final JsonMapper JSON = JsonMapper.shared();

  private static final String CONFIG =
      """
      daemon off;
      user root;
      master_process off;
      pid gateway.pid;
      error_log stderr warn;
      events { worker_connections 4096; }
      http {
        log_format lab escape=json '{"peer":"$remote_addr","hostname":"$http_x_client_hostname",'
          '"forwardedFor":"$http_x_forwarded_for","uri":"$request_uri","status":$status,'
          '"connection":$connection}';
        access_log access.log lab;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        keepalive_requests 1000000;
        limit_req_status 429;
        root html;
        SERVERS
      }
      """;

  private static final String PLAIN =
      """
      limit_req_zone $http_x_client_hostname zone=clients:1m rate=%1$dr/s;
      server {
        listen %2$d;
        listen [::]:%2$d;
        location / { try_files /index.html =404; }
        location /limited/ { limit_req zone=clients burst=%1$d nodelay; try_files /index.html =404; }
      }
      """
          .formatted(LIMIT, PORT);

  private static final String SECURE =
      """
      ssl_certificate cert.pem;
      ssl_certificate_key cert.pem;
      limit_req_zone $binary_remote_addr zone=sources:1m rate=%1$dr/s;
      server {
        listen %2$d ssl;
        location / { try_files /index.html =404; }
      }
      server {
        listen %3$d ssl proxy_protocol;
        set_real_ip_from %4$s;
        real_ip_header proxy_protocol;
        location / { try_files /index.html =404; }
        location /limited/ { limit_req zone=sources burst=%1$d nodelay; try_files /index.html =404; }
      }
      """
          .formatted(LIMIT, TLS_PORT, TOLD_PORT, Node.ADDRESS);

  private final Daemon daemon;
  private final Path log;

  private Gateway(Daemon daemon, Path log) {
    this.daemon = daemon;
    this.log = log;
  }

  /// One line of the access log.
  ///
  /// @param peer the source address that the gateway saw
  /// @param hostname `X-Client-Hostname`, empty if there was none
  /// @param forwardedFor `X-Forwarded-For`, empty if there was none
  /// @param connection a number for the connection it came over
  public record Request(
      String peer, String hostname, String forwardedFor, String uri, int status, long connection) {}

  public static Gateway start(Node node, Path folder) {
    return start(node, folder.resolve("gateway"), PLAIN, "http://127.0.0.1:" + PORT + "/ready");
  }

  /// One for HTTPS, on two ports. `/limited/` is limited by the source address.
  static Gateway startSecure(Node node, Path folder) {
    Path home = folder.resolve("gateway-tls");
    Certificate.write(home.resolve("cert.pem"));
    return start(node, home, SECURE, "https://127.0.0.1:" + TLS_PORT + "/ready");
  }

  private static Gateway start(Node node, Path folder, String servers, String ready) {
    try {
      Path home = Files.createDirectories(folder);
      Files.writeString(home.resolve("nginx.conf"), CONFIG.replace("SERVERS", servers));
      Files.writeString(
          Files.createDirectories(home.resolve("html")).resolve("index.html"), "welcome\n");
      Path log = Files.writeString(home.resolve("access.log"), "");
      Daemon daemon =
          Daemon.start(
              "nginx",
              node.outside()
                  .inside(List.of("nginx", "-p", home + "/", "-c", "nginx.conf", "-e", "stderr")),
              home.resolve("nginx.log"));
      daemon.await(() -> node.outside().run("curl", "-skf", ready).isOk());
      return new Gateway(daemon, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The requests so far that fit, oldest first.
  public List<Request> requests(Predicate<Request> fitting) {
    try (var lines = Files.lines(log)) {
      return lines.map(Gateway::parse).filter(fitting).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Requests to URIs with this beginning, as soon as there are so many: nginx writes a line after
  /// the client has its answer.
  ///
  /// @throws IllegalStateException if there are fewer, or more, after five seconds
  public List<Request> await(String uriPrefix, int count) {
    Predicate<Request> fitting = request -> request.uri().startsWith(uriPrefix);
    Wait.until(Duration.ofSeconds(5), () -> requests(fitting).size() >= count);
    List<Request> requests = requests(fitting);
    if (requests.size() != count) {
      throw new IllegalStateException(
          uriPrefix
              + ": "
              + requests.size()
              + " requests at the gateway (expected: "
              + count
              + ")");
    }
    return requests;
  }

  private static Request parse(String line) {
    JsonNode json = JSON.readTree(line);
    return new Request(
        json.get("peer").asString(),
        json.get("hostname").asString(),
        json.get("forwardedFor").asString(),
        json.get("uri").asString(),
        json.get("status").asInt(),
        json.get("connection").asLong());
  }

  @Override
  public void close() {
    daemon.close();
  }
}
