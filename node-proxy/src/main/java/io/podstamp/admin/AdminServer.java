package io.podstamp.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.podstamp.metrics.Exposition;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A small HTTP server for reading, never for changing: GET and HEAD. Each path is one [Page]; each
/// request has a thread. What they may take is set for the process ([HttpLimits]).
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

  /// The kernel's scheduler gives each its turn. Virtual ones queue behind the work on Pods, which
  /// on a busy Node, with all of them to be captured at once, takes longer than a liveness probe
  /// waits.
  private static final ThreadFactory THREADS =
      Thread.ofPlatform().daemon().name("admin-request").factory();

  private final HttpServer server;
  private boolean addressesOnly;

  /// What a path answers.
  public interface Page {
    Answer answer() throws IOException;
  }

  /// What a path answers when asked for something.
  public interface Question {
    /// Answers.
    ///
    /// @param value of the one parameter; empty if it was not given
    Answer answer(String value) throws IOException;
  }

  /// Status, type and content.
  ///
  /// @param headers beside the usual ones
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Answer(
      int status, String contentType, byte[] content, Map<String, String> headers) {
    public Answer {
      headers = Map.copyOf(headers);
    }

    public Answer(int status, String contentType, byte[] content) {
      this(status, contentType, content, Map.of());
    }

    /// A line of text.
    public static Answer text(int status, String content) {
      return new Answer(status, "text/plain; charset=utf-8", bytes(content));
    }

    private static byte[] bytes(String content) {
      return (content + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /// JSON.
    public static Answer json(String content) {
      return new Answer(200, "application/json", bytes(content));
    }
  }

  /// What is measured.
  public interface Metrics {
    /// A page of them.
    ///
    /// @param accept what the reader prefers, as the header of that name says
    Exposition.Page page(@Nullable String accept) throws IOException;
  }

  private AdminServer(HttpServer server) {
    this.server = server;
  }

  /// Binds; serves after [#start].
  public static AdminServer bind(InetSocketAddress address) throws IOException {
    HttpServer server = HttpServer.create(address, 0);
    server.setExecutor(Executors.newThreadPerTaskExecutor(THREADS));
    return new AdminServer(server);
  }

  /// Refuses requests that name the server other than by address or as localhost: a web page
  /// elsewhere whose name leads here (DNS rebinding) is not to read what this Node's operator can.
  public AdminServer byAddressOnly() {
    addressesOnly = true;
    return this;
  }

  /// Adds a path.
  public AdminServer page(String path, Page page) {
    return add(path, exchange -> page.answer());
  }

  /// Adds a path that is asked for something.
  ///
  /// @param parameter the name of the one parameter that counts
  public AdminServer question(String path, String parameter, Question question) {
    return add(path, exchange -> question.answer(value(exchange, parameter)));
  }

  private interface Answering {
    Answer to(HttpExchange exchange) throws IOException;
  }

  private AdminServer add(String path, Answering answering) {
    server.createContext(path, exchange -> answer(exchange, judge(exchange, path, answering)));
    return this;
  }

  /// Adds `/metrics`, in the format that the reader prefers.
  public AdminServer metrics(Metrics metrics) {
    server.createContext(
        "/metrics",
        exchange -> {
          Exposition.Page page = metrics.page(exchange.getRequestHeaders().getFirst("Accept"));
          answer(exchange, new Answer(200, page.contentType(), page.content()));
        });
    return this;
  }

  /// Adds `/healthz` and `/readyz`.
  public AdminServer probes(Readiness readiness) {
    return page("/healthz", () -> Answer.text(200, "alive"))
        .page(
            "/readyz",
            () ->
                readiness.awaited().isEmpty()
                    ? Answer.text(200, "ready")
                    : Answer.text(503, "awaiting " + String.join(", ", readiness.awaited())));
  }

  /// Begins to answer.
  public AdminServer start() {
    server.start();
    return this;
  }

  /// An address as people write it.
  static String text(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /// Where it is bound.
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private Answer judge(HttpExchange exchange, String path, Answering answering) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (addressesOnly && host != null && !HostName.isAddress(host)) {
      return Answer.text(
          421, "Host: " + HostName.printable(host) + " (expected: an address, or localhost)");
    }
    if (!exchange.getRequestMethod().equals("GET") && !exchange.getRequestMethod().equals("HEAD")) {
      return new Answer(
          405,
          "text/plain; charset=utf-8",
          Answer.bytes("read only (expected: GET or HEAD)"),
          Map.of("Allow", "GET, HEAD"));
    }
    if (!exchange.getRequestURI().getPath().equals(path)) {
      return Answer.text(404, "no such page");
    }
    try {
      return answering.to(exchange);
    } catch (IOException | RuntimeException e) {
      log.error("{}: not answered: {}", path, e.toString());
      return Answer.text(500, "not answered; the agent's log tells why");
    }
  }

  private static String value(HttpExchange exchange, String parameter) {
    String query = exchange.getRequestURI().getRawQuery();
    return query == null
        ? ""
        : Arrays.stream(query.split("&"))
            .filter(pair -> pair.startsWith(parameter + "="))
            .map(pair -> pair.substring(parameter.length() + 1))
            .map(text -> URLDecoder.decode(text, StandardCharsets.UTF_8))
            .findFirst()
            .orElse("");
  }

  private static void answer(HttpExchange exchange, Answer answer) throws IOException {
    try (exchange) {
      byte[] body = answer.content();
      var headers = exchange.getResponseHeaders();
      headers.set("Content-Type", answer.contentType());
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Cache-Control", "no-store");
      headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
      answer.headers().forEach(headers::set);
      if (exchange.getRequestMethod().equals("HEAD")) {
        headers.set("Content-Length", String.valueOf(body.length));
        exchange.sendResponseHeaders(answer.status(), -1);
        return;
      }
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
