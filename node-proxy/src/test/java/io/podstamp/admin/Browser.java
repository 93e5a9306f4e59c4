package io.podstamp.admin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A headless Chromium, driven by ChromeDriver (W3C WebDriver, and Chrome's own commands for what
/// that lacks).
final class Browser implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process driver;
  private final String server;
  private String session = "";

  /// Starts it.
  ///
  /// @param folder for its profile and its log
  Browser(Path folder) throws IOException {
    int port = freePort();
    server = "http://127.0.0.1:" + port;
    driver =
        new ProcessBuilder("chromedriver", "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("chromedriver.log").toFile())
            .start();
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> send("GET", "/status", Map.of()).at("/value/ready").asBoolean());
    List<String> arguments =
        List.of(
            "--headless",
            "--no-sandbox", // root has to
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + folder.resolve("profile"));
    session =
        "/session/"
            + post(
                    "/session",
                    Map.of(
                        "capabilities",
                        Map.of(
                            "alwaysMatch",
                            Map.of("goog:chromeOptions", Map.of("args", arguments)))))
                .get("sessionId")
                .asString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Sets how the page is seen; before [#open].
  ///
  /// @param width of the window, in pixels
  /// @param scheme `light` or `dark`
  Browser look(int width, String scheme) throws IOException {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 800, "deviceScaleFactor", 1, "mobile", width < 500));
    command(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    return this;
  }

  Browser open(String url) throws IOException {
    post(session + "/url", Map.of("url", url));
    return this;
  }

  /// Waits until a JavaScript expression is true.
  Browser await(String expression) {
    Awaitility.await().atMost(PATIENCE).until(() -> value(expression).asBoolean());
    return this;
  }

  /// What a JavaScript expression is.
  JsonNode value(String expression) throws IOException {
    return post(
        session + "/execute/sync", Map.of("script", "return " + expression, "args", List.of()));
  }

  /// Saves what is seen, for people.
  void screenshot(Path file) throws IOException {
    Files.write(
        file,
        Base64.getDecoder()
            .decode(send("GET", session + "/screenshot", Map.of()).get("value").asString()));
  }

  private void command(String name, Map<String, Object> parameters) throws IOException {
    post(session + "/goog/cdp/execute", Map.of("cmd", name, "params", parameters));
  }

  private JsonNode post(String path, Map<String, Object> body) throws IOException {
    JsonNode answer = send("POST", path, body);
    if (answer.at("/value/error").isString()) {
      throw new IOException(path + ": " + answer.at("/value/message").asString());
    }
    return answer.get("value");
  }

  private JsonNode send(String method, String path, Map<String, Object> body) throws IOException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(server + path))
              .timeout(PATIENCE)
              .method(
                  method,
                  method.equals("POST")
                      ? BodyPublishers.ofString(JSON.writeValueAsString(body))
                      : BodyPublishers.noBody())
              .build();
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      return JSON.readTree(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    if (!session.isEmpty()) {
      send("DELETE", session, Map.of());
    }
    driver.descendants().forEach(ProcessHandle::destroyForcibly);
    driver.destroyForcibly();
    http.close();
  }
}
