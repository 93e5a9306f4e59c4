package io.podstamp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.kubernetes.KubernetesClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnDaemonSetTest {
  private static final String DAEMON_SET = "/apis/apps/v1/namespaces/infra/daemonsets/podstamp";
  private static final String NAMESPACE = "/api/v1/namespaces/infra";

  private HttpServer api;
  private KubernetesClient client;

  @BeforeEach
  void setUp(@TempDir Path folder) throws IOException {
    api = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    Path kubeconfig =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            users: [{name: u, user: {}}]
            current-context: x
            """
                .formatted(api.getAddress().getPort()));
    client = KubernetesClients.open(kubeconfig.toString());
    api.start();
  }

  @AfterEach
  void tearDown() {
    client.close();
    api.stop(0);
  }

  @ParameterizedTest
  @CsvSource({
    "upgraded,                  200, false, 200, false, false",
    "DaemonSet deleted,         404, false, 200, false, true",
    "DaemonSet being deleted,   200, true,  200, false, true",
    "namespace being deleted,   200, false, 200, true,  true",
    "account deleted,           401, false, 401, false, true",
    "rights deleted,            403, false, 403, false, true",
    "API server in trouble,     500, false, 500, false, false",
  })
  void isGone(
      String what,
      int daemonSetStatus,
      boolean daemonSetEnds,
      int namespaceStatus,
      boolean namespaceEnds,
      boolean gone)
      throws InterruptedException {
    answer(DAEMON_SET, "apps/v1", "DaemonSet", daemonSetStatus, daemonSetEnds);
    answer(NAMESPACE, "v1", "Namespace", namespaceStatus, namespaceEnds);

    assertThat(OwnDaemonSet.of(client, "infra/podstamp").isGone(Duration.ZERO))
        .as(what)
        .isEqualTo(gone);
  }

  @Test
  void apiServerAway_saysNothing() throws InterruptedException {
    api.stop(0);

    assertThat(OwnDaemonSet.of(client, "infra/podstamp").isGone(Duration.ZERO)).isFalse();
  }

  @Test
  void apiServerInTrouble_isAskedAgain() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    api.createContext(
        DAEMON_SET,
        exchange -> {
          int status = asked.incrementAndGet() <= 3 ? 500 : 404;
          answer(exchange, status, "{\"kind\": \"Status\", \"code\": %d}".formatted(status));
        });

    assertThat(OwnDaemonSet.of(client, "infra/podstamp").isGone(Duration.ofMinutes(1))).isTrue();
    assertThat(asked).hasValue(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "podstamp", "/podstamp", "infra/", "a/b/c"})
  void notANamespaceAndAName_isSaid(String text) {
    assertThatThrownBy(() -> OwnDaemonSet.of(client, text))
        .hasMessage("daemon-set: " + text + " (expected: NAMESPACE/NAME)");
  }

  private void answer(String path, String version, String kind, int status, boolean ends) {
    String end = ends ? ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\"" : "";
    String found =
        """
        {"apiVersion": "%s", "kind": "%s", "metadata": {"name": "n"%s}}"""
            .formatted(version, kind, end);
    String refused =
        """
        {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": %d}"""
            .formatted(status);
    api.createContext(path, exchange -> answer(exchange, status, status == 200 ? found : refused));
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    try (exchange) {
      byte[] body = json.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
