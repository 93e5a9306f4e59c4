package io.podstamp.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// An API server that does what the test says: it dies, returns, forgets history (410), answers
/// with errors, hangs. It knows Pods and Namespaces.
final class FakeApi implements AutoCloseable {
  private static final String GONE =
      """
      {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",\
      "message":"too old resource version","reason":"Expired","code":410}}
      """;

  final List<String> requests = new CopyOnWriteArrayList<>();

  /// Requests that are to change something: method, content type and content.
  final List<String> changes = new CopyOnWriteArrayList<>();

  /// Answered to everything while it is not 200.
  volatile int status = 200;

  /// While it is not open, nothing is answered.
  volatile CountDownLatch gate = new CountDownLatch(0);

  private final Map<String, HasMetadata> objects = new ConcurrentHashMap<>();
  private final List<Event> history = new ArrayList<>();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final int port;
  private long version = 100;
  private @Nullable HttpServer server;

  /// The version from which on changes can still be told.
  private long oldest;

  private record Watch(boolean ofPods, BlockingQueue<Optional<String>> events) {}

  private record Event(long version, boolean ofPods, String json) {}

  /// Not up yet; its port is fixed.
  FakeApi() throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(loopback(0));
      port = probe.getLocalPort();
    }
  }

  KubernetesClient client() {
    return client(port);
  }

  int port() {
    return port;
  }

  /// @param port of something that leads here
  KubernetesClient client(int port) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + port)
            .withConnectionTimeout(1_000)
            .withRequestTimeout(5_000)
            .withRequestRetryBackoffLimit(0)
            .withWatchReconnectInterval(5)
            .build();
    return KubernetesClients.of(config);
  }

  FakeApi up() throws IOException {
    server = HttpServer.create(loopback(port), 0);
    server.setExecutor(Thread::startVirtualThread);
    server.createContext("/", this::handle);
    server.start();
    return this;
  }

  void down() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
    endWatches();
  }

  @Override
  public void close() {
    gate.countDown();
    down();
  }

  /// Changes an object and tells the watches.
  synchronized void put(HasMetadata object) {
    boolean isNew = !objects.containsKey(object.getMetadata().getUid());
    putUnheard(object);
    tell(isNew ? "ADDED" : "MODIFIED", object);
  }

  /// Changes an object while nobody hears of it: a later list shows it.
  synchronized void putUnheard(HasMetadata object) {
    object.getMetadata().setResourceVersion(String.valueOf(++version));
    objects.put(object.getMetadata().getUid(), object);
  }

  synchronized void remove(String uid) {
    HasMetadata object = removeUnheard(uid);
    object.getMetadata().setResourceVersion(String.valueOf(++version));
    tell("DELETED", object);
  }

  synchronized HasMetadata removeUnheard(String uid) {
    return Optional.ofNullable(objects.remove(uid)).orElseThrow();
  }

  /// Drops all changes so far, as etcd's compaction does, and ends each watch with code 410; one
  /// that begins at an older version gets the same.
  synchronized void forgetHistory() {
    history.clear();
    oldest = ++version;
    watches.forEach(watch -> watch.events.add(Optional.of(GONE)));
    endWatches();
  }

  synchronized void endWatches() {
    watches.forEach(watch -> watch.events.add(Optional.empty()));
    watches.clear();
  }

  /// How many watches are open, of Pods and of Namespaces together.
  int watching() {
    return watches.size();
  }

  private void tell(String type, HasMetadata object) {
    String json = "{\"type\":\"" + type + "\",\"object\":" + Serialization.asJson(object) + "}\n";
    Event event = new Event(version, object instanceof Pod, json);
    history.add(event);
    watches.forEach(watch -> tell(watch, event));
  }

  private static void tell(Watch watch, Event event) {
    if (watch.ofPods == event.ofPods) {
      watch.events.add(Optional.of(event.json));
    }
  }

  /// A watch that is first told what happened since the version it begins at.
  private synchronized Watch newWatch(boolean ofPods, long since) {
    Watch watch = new Watch(ofPods, new LinkedBlockingQueue<>());
    if (since < oldest) {
      watch.events.addAll(List.of(Optional.of(GONE), Optional.empty()));
    } else {
      history.stream().filter(event -> event.version > since).forEach(event -> tell(watch, event));
      watches.add(watch);
    }
    return watch;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String uri = exchange.getRequestURI().toString();
    requests.add(uri);
    if (!exchange.getRequestMethod().equals("GET")) {
      changes.add(
          exchange.getRequestMethod()
              + " "
              + exchange.getRequestHeaders().getFirst("Content-Type")
              + " "
              + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
    }
    try (exchange) {
      gate.await();
      if ("websocket".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Upgrade"))) {
        answer(exchange, 503, "{}"); // the client then watches by plain HTTP
      } else if (status != 200) {
        answer(exchange, status, "{\"kind\":\"Status\",\"code\":" + status + "}");
      } else if (uri.contains("watch=true")) {
        watch(exchange, uri);
      } else if (uri.matches("/api/v1/(pods|namespaces)(\\?.*)?")) {
        answer(exchange, 200, list(uri.startsWith("/api/v1/pods")));
      } else {
        one(exchange, uri);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized String list(boolean ofPods) {
    String items =
        objects.values().stream()
            .filter(object -> ofPods == object instanceof Pod)
            .map(Serialization::asJson)
            .collect(Collectors.joining(","));
    return "{\"kind\":\""
        + (ofPods ? "PodList" : "NamespaceList")
        + "\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\""
        + version
        + "\"},\"items\":["
        + items
        + "]}";
  }

  private void one(HttpExchange exchange, String uri) throws IOException {
    String[] path = uri.substring("/api/v1/namespaces/".length()).split("/", -1);
    String name = path[path.length - 1];
    for (HasMetadata object : new ArrayList<>(objects.values())) {
      if (object.getMetadata().getName().equals(name)
          && (path.length == 3) == object instanceof Pod) {
        answer(exchange, 200, Serialization.asJson(object));
        return;
      }
    }
    answer(exchange, 404, "{\"kind\":\"Status\",\"code\":404}");
  }

  private void watch(HttpExchange exchange, String uri) throws IOException, InterruptedException {
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    long since = Long.parseLong(uri.replaceFirst(".*resourceVersion=([0-9]+).*", "$1"));
    Watch watch = newWatch(uri.startsWith("/api/v1/pods"), since);
    try (OutputStream body = exchange.getResponseBody()) {
      body.flush();
      for (Optional<String> event = watch.events.take();
          event.isPresent();
          event = watch.events.take()) {
        body.write(event.get().getBytes(UTF_8));
        body.flush();
      }
    } finally {
      watches.remove(watch);
    }
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] bytes = json.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }
}
