package io.podstamp.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The port at which the agent finds the API server. When it goes down, connections are refused and
/// those that were there end, as when the API server is gone; the cluster's state can change
/// meanwhile. It comes up again at the same port.
///
/// Requests go on to the mock, but for watches: the mock knows them by WebSocket only, and the
/// agent watches by plain HTTP ([ApiEvents]).
final class ApiFront implements AutoCloseable {
  private static final Pattern TIMEOUT = Pattern.compile("timeoutSeconds=(\\d+)");
  private static final Duration NO_TIMEOUT = Duration.ofHours(1);

  private final URI backend;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ApiEvents<?> pods;
  private final ApiEvents<?> namespaces;
  private @Nullable HttpServer server;

  /// Up at once.
  ///
  /// @param client of the real one
  ApiFront(KubernetesClient client) {
    this.backend = URI.create(client.getMasterUrl().toString());
    this.pods = ApiEvents.of(client.pods().inAnyNamespace());
    this.namespaces = ApiEvents.of(client.namespaces());
    this.port = serve(0);
  }

  int port() {
    return port;
  }

  synchronized void up() {
    if (server == null) {
      serve(port);
    }
  }

  synchronized void down() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
    pods.endWatches();
    namespaces.endWatches();
  }

  private synchronized int serve(int wanted) {
    try {
      HttpServer fresh =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 128);
      fresh.setExecutor(Thread::startVirtualThread);
      fresh.createContext("/", this::handle);
      fresh.start();
      server = fresh;
      return fresh.getAddress().getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    String uri = exchange.getRequestURI().toString();
    try (exchange) {
      if (uri.contains("watch=true")) {
        watch(exchange, uri.startsWith("/api/v1/pods") ? pods : namespaces, uri);
      } else {
        forward(exchange, uri);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void watch(HttpExchange exchange, ApiEvents<?> events, String uri)
      throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    Matcher timeout = TIMEOUT.matcher(uri);
    events.stream(
        exchange.getResponseBody(),
        timeout.find() ? Duration.ofSeconds(Long.parseLong(timeout.group(1))) : NO_TIMEOUT);
  }

  private void forward(HttpExchange exchange, String uri) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(backend.resolve(uri))
            .method(
                exchange.getRequestMethod(),
                BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type != null) {
      request.header("Content-Type", type);
    }
    HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    byte[] body = answer.body();
    exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    down();
    pods.close();
    namespaces.close();
    http.close();
  }
}
