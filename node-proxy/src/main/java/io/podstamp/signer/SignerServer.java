package io.podstamp.signer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.podstamp.task.BackgroundTask;
import io.podstamp.token.SignerMessages;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The signer's HTTPS: agents ask for tokens, anybody may read the public keys. Each request has a
/// virtual thread. With another certificate the server is made anew, at the same port; a request
/// that falls into the milliseconds in between is sent again by its agent.
final class SignerServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SignerServer.class);
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final int LAST_REQUESTS_SECONDS = 1;

  private final TlsFiles files;
  private final Pages pages;
  private final BackgroundTask task = BackgroundTask.every("signer-certificate", LOOK, this::look);
  private InetSocketAddress address;
  private TlsFiles.Content content;
  private HttpsServer server;
  private String complained = "";

  /// What is answered.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, String type, byte[] content) {
    static Answer text(int status, String line) {
      return new Answer(
          status, "text/plain; charset=utf-8", (line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    static Answer json(byte[] content) {
      return new Answer(200, "application/json", content);
    }
  }

  /// What it serves.
  ///
  /// @param published a page for each path of public keys; null where there is none now
  record Pages(Signing signing, Function<String, @Nullable Answer> published) {}

  /// Answers agents.
  interface Signing {
    /// Answers one request.
    ///
    /// @param authorization the header of that name; null if there was none
    Answer answer(@Nullable String authorization, byte[] body);
  }

  /// Listens.
  ///
  /// @throws IOException with one sentence when the certificate is not good or the port is taken
  SignerServer(InetSocketAddress address, TlsFiles files, Pages pages) throws IOException {
    this.address = address;
    this.files = files;
    this.pages = pages;
    this.content = files.read();
    this.server = listen(content);
    // The same one again where any port was asked for.
    this.address = server.getAddress();
  }

  /// Begins to look for another certificate.
  SignerServer start() {
    task.start();
    return this;
  }

  InetSocketAddress address() {
    return address;
  }

  private HttpsServer listen(TlsFiles.Content certificate) throws IOException {
    var context = files.context(certificate);
    HttpsServer made = HttpsServer.create(address, 0);
    made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    made.setHttpsConfigurator(new HttpsConfigurator(context));
    made.createContext("/", this::handle);
    made.start();
    return made;
  }

  synchronized void look() {
    try {
      TlsFiles.Content now = files.read();
      if (now.equals(content)) {
        return;
      }
      files.context(now);
      content = now;
      server.stop(LAST_REQUESTS_SECONDS);
      server = listen(now);
      complained = "";
      log.info("another certificate is in use");
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(complained)) {
        complained = why;
        log.warn("the certificate in use is kept: {}", why);
      }
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange);
      exchange.getResponseHeaders().set("Content-Type", answer.type);
      exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
      exchange.sendResponseHeaders(answer.status, answer.content.length);
      exchange.getResponseBody().write(answer.content);
    }
  }

  private Answer answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try {
      if (path.equals(SignerMessages.PATH)) {
        return exchange.getRequestMethod().equals("POST")
            ? sign(exchange)
            : Answer.text(405, "POST alone");
      }
      Answer page = exchange.getRequestMethod().equals("GET") ? pages.published.apply(path) : null;
      return page == null ? Answer.text(404, "no such page") : page;
    } catch (RuntimeException e) {
      log.error("{}: not answered", path, e);
      return Answer.text(500, "not answered; the signer's log tells why");
    }
  }

  private Answer sign(HttpExchange exchange) throws IOException {
    try (InputStream body = exchange.getRequestBody()) {
      byte[] content = body.readNBytes(SignerMessages.MOST_BYTES + 1);
      return content.length > SignerMessages.MOST_BYTES
          ? Answer.text(413, "more than 500 tokens take")
          : pages.signing.answer(exchange.getRequestHeaders().getFirst("Authorization"), content);
    }
  }

  @Override
  public synchronized void close() {
    task.close();
    server.stop(LAST_REQUESTS_SECONDS);
  }
}
