package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an operator sees of a running agent from outside: in Prometheus and on the dashboard, in
/// the connection log beside the far end's, and in the agent's own log.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class OperabilityTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path FOLDER = Lab.FOLDER.resolve("operability");
  private static final Path ALERTS =
      Path.of("../daemonset/monitoring/alerts.yaml").toAbsolutePath().normalize();
  private static final Path DASHBOARD = ALERTS.resolveSibling("dashboard.json");
  private static final String SERVER_NAME = "orders.example.com";
  private static final String API = "http://127.0.0.1:9090/api/v1/";
  private static final int TLS_PORT = 443;
  private static final String TLS_SERVER = Node.OUTSIDE_ADDRESS + ":" + TLS_PORT;
  private static final String LOGGED = "connectionLog: on";

  /// On the Node's own network, where nobody has it.
  private static final String NOBODY = "192.0.2.99";

  /// As many clusters do it, so that ports say nothing about who called.
  private static final String RANDOM_MASQUERADE =
      """
      flush chain inet lab postrouting
      add rule inet lab postrouting oifname "eth0" masquerade fully-random
      """;

  private static final String NGINX =
      """
      daemon off;
      user root;
      master_process off;
      pid nginx.pid;
      error_log stderr warn;
      events {}
      http {
        log_format key '$remote_addr:$remote_port $request_uri';
        access_log access.log key;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        server {
          listen 443 ssl;
          ssl_certificate cert.pem;
          ssl_certificate_key key.pem;
          return 200 "hello";
        }
      }
      """;

  private static final String PROMETHEUS =
      """
      global: {scrape_interval: 1s, evaluation_interval: 1s}
      rule_files: ["%s"]
      scrape_configs:
        - job_name: podstamp
          static_configs: [{targets: ["127.0.0.1:15912"]}]
      """
          .formatted(ALERTS);

  private Lab lab;

  @BeforeAll
  void up(@TempDir Path cni) throws IOException {
    Path bin = Files.createDirectories(cni.resolve("bin"));
    Path conf = Files.createDirectories(cni.resolve("conf"));
    Files.writeString(
        conf.resolve("10-net.conflist"),
        """
        {"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "bridge"}]}
        """);
    lab =
        Lab.withPodstamp(
            Path.of("../target/podstamp"),
            "--log-format=json",
            "--metrics-per-pod",
            "--cni-bin-dir=" + bin,
            "--cni-conf-dir=" + conf);
    Files.createDirectories(FOLDER);
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    lab.api().annotateNamespace("shop", "podstamp.io/ports", EchoServer.PORT + "," + TLS_PORT);
    lab.agent().configure(LOGGED);
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void tlsThroughMasqueradeThatRewritesPorts_farEndsLineIsJoinedToTheRightPod() throws IOException {
    Run.of(new ProcessBuilder("nft", "-f", "-"), RANDOM_MASQUERADE).orThrow();
    Files.writeString(FOLDER.resolve("nginx.conf"), NGINX);
    Run.of(
            new ProcessBuilder(
                    ("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN="
                            + SERVER_NAME)
                        .split(" "))
                .directory(FOLDER.toFile()),
            "")
        .orThrow();
    List<LabPod> pods =
        List.of(
            lab.runPod("shop", "cart"), lab.runPod("shop", "stock"), lab.runPod("shop", "mail"));
    await().until(() -> isLogged(pods.getFirst()));
    try (OutsideServers outside = new OutsideServers(lab.node(), FOLDER)) {
      outside.start(
          TLS_PORT,
          "nginx",
          "-p",
          FOLDER.toString(),
          "-c",
          FOLDER.resolve("nginx.conf").toString());
      for (LabPod pod : pods) {
        String url = "https://" + SERVER_NAME + "/" + pod.name();
        String resolve = SERVER_NAME + ":443:" + Node.OUTSIDE_ADDRESS;
        assertThat(pod.curl("-k", "--resolve", resolve, url)).isEqualTo("hello");
      }
    }
    await().until(() -> connections().size() == pods.size());

    Map<String, JsonNode> bySource =
        connections().stream()
            .collect(Collectors.toMap(line -> line.get("snat").asString(), line -> line));
    List<String> accessLog = Files.readAllLines(FOLDER.resolve("access.log"));
    assertThat(accessLog).hasSize(pods.size());
    for (String line : accessLog) {
      String[] keyAndUri = line.split(" ", -1);
      JsonNode connection = bySource.get(keyAndUri[0]);
      assertThat(connection).as(line + " in " + bySource.keySet()).isNotNull();
      assertThat("/" + connection.get("pod").asString()).isEqualTo(keyAndUri[1]);
      assertThat(connection.get("namespace").asString()).isEqualTo("shop");
      assertThat(connection.get("sni").asString()).isEqualTo(SERVER_NAME);
      assertThat(connection.get("protocol").asString()).isEqualTo("tls");
      assertThat(connection.get("unstamped").asString()).isEqualTo("tls");
      assertThat(connection.get("destination").asString()).isEqualTo(TLS_SERVER);
      assertThat(connection.get("bytesDown").asLong()).isPositive();
    }
    assertThat(bySource.values())
        .as("ports were rewritten")
        .anyMatch(line -> port(line, "snat") != port(line, "upstream"));
  }

  /// Whether the log has been switched on by now.
  private boolean isLogged(LabPod pod) {
    pod.curl("http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT + "/is-it-on");
    return lines().anyMatch(line -> line.has("destination"));
  }

  /// Those to the TLS server that it answered.
  private List<JsonNode> connections() {
    return lines()
        .filter(line -> line.path("destination").asString("").equals(TLS_SERVER))
        .filter(line -> line.has("sni"))
        .toList();
  }

  /// All that the agent wrote: its log, and the connection log.
  private Stream<JsonNode> lines() {
    return lab.agent().logText().lines().map(JSON::readTree);
  }

  /// Its log.
  private List<JsonNode> facts() {
    return lines().filter(line -> !line.has("destination")).toList();
  }

  private boolean isSaid(String level, String text) {
    return facts().stream()
        .anyMatch(
            fact ->
                is(fact, "level", level) && fact.get("formattedMessage").asString().contains(text));
  }

  @Test
  void usualEnds_areALineOfTheConnectionLogIfTheyWereConnections_andNothingInTheAgentsLog()
      throws IOException {
    LabPod pod = lab.runPod("shop", "ends");
    await().until(() -> isLogged(pod));
    int factsBefore = facts().size();

    assertThat(pod.curlRun("http://" + TLS_SERVER).isOk()).as("refused").isFalse();
    assertThat(pod.curlRun("-m1", "http://" + NOBODY + ":" + TLS_PORT).isOk()).as("late").isFalse();
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.ofLiteral(Node.BRIDGE_ADDRESS), TLS_PORT));
      Thread.ofVirtual().start(() -> reset(server));
      assertThat(pod.curlRun("http://" + Node.BRIDGE_ADDRESS + ":" + TLS_PORT).isOk())
          .as("reset")
          .isFalse();
    }

    await()
        .untilAsserted(
            () ->
                assertThat(lines().filter(line -> is(line, "pod", "ends")))
                    .extracting(line -> line.get("destination").asString())
                    .contains(Node.BRIDGE_ADDRESS + ":" + TLS_PORT)
                    // Nor does a server log a connection that it never had.
                    .doesNotContain(TLS_SERVER, NOBODY + ":" + TLS_PORT));
    assertThat(facts().subList(factsBefore, facts().size())).isEmpty();
  }

  @Test
  void log_isOneJsonObjectALine_withoutStackTraces() {
    lab.deletePod(lab.runPod("shop", "told"));

    assertThat(facts())
        .isNotEmpty()
        .allSatisfy(
            fact -> {
              assertThat(fact.propertyNames())
                  .contains("timestamp", "level", "threadName", "loggerName", "formattedMessage");
              assertThat(fact.path("throwable").isNull()).as(fact.toString()).isTrue();
              assertThat(fact.get("formattedMessage").asString()).doesNotContain("\n");
            });
  }

  @Test
  void logLevel_changesWhileTheAgentRuns() {
    lab.api().createPod(Node.NAME, "shop", "nowhere", Map.of());
    lab.api().setRunning("shop", "nowhere", List.of("10.244.99.99"));
    lab.agent().configure(LOGGED + "\nlogLevel: debug");
    await()
        .untilAsserted(
            () -> assertThat(isSaid("DEBUG", "shop/nowhere")).as("%s", facts()).isTrue());

    lab.agent().configure(LOGGED + "\nlogLevel: warn");
    await().until(() -> isInForce("warn"));
    lab.deletePod(lab.runPod("shop", "untold"));
    assertThat(isSaid("INFO", "shop/untold")).isFalse();

    lab.agent().configure(LOGGED);
    await().until(() -> isInForce("info"));
    lab.deletePod(lab.runPod("shop", "told-again"));
    assertThat(isSaid("INFO", "shop/told-again")).isTrue();
    lab.api().deletePod("shop", "nowhere");
  }

  private boolean isInForce(String logLevel) {
    return lab.agent()
        .page("/config")
        .at("/inForce/logLevel")
        .asString("")
        .equalsIgnoreCase(logLevel);
  }

  private static int port(JsonNode line, String field) {
    String address = line.get(field).asString();
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  @Test
  void prometheus_scrapesTheAgent_rulesAreGood_everyPanelOfTheDashboardShowsSomething()
      throws IOException {
    LabPod pod = lab.runPod("shop", "seen");
    LabPod counted =
        lab.runPod("shop", "counted", Map.of("podstamp.io/enabled", "shadow"), List.of());
    String url = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT + "/seen";
    assertThat(pod.curl(url)).contains("X-Client-Hostname: seen");
    counted.curl(url);
    lab.agent().configure(LOGGED + "\nonAgentDown: closed"); // has every Pod looked at
    Path config = FOLDER.resolve("prometheus.yaml");
    Files.writeString(config, PROMETHEUS);
    try (Daemon prometheus =
        Daemon.start(
            "prometheus",
            List.of(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + FOLDER.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:9090"),
            FOLDER.resolve("prometheus.log"))) {
      prometheus.await(() -> value("sum(podstamp_requests_stamped_total) >= 1").isPresent());
      assertThat(value("up{job=\"podstamp\"}")).contains("1");
      assertThat(value("sum(podstamp_pods{desired=\"enabled\",state=\"captured\"}) >= 1"))
          .isPresent();

      await().until(() -> rules().stream().noneMatch(rule -> is(rule, "health", "unknown")));
      assertThat(rules()).hasSize(alerts()).allMatch(rule -> is(rule, "health", "ok"));
      for (String expression : expressionsOfTheDashboard()) {
        await(expression).until(() -> value(expression).isPresent());
      }
    }
  }

  private static int alerts() throws IOException {
    return Math.toIntExact(
        Files.readAllLines(ALERTS).stream().filter(line -> line.contains("- alert: ")).count());
  }

  /// Ends what it accepts by a reset.
  private static void reset(ServerSocket server) {
    try {
      while (true) {
        try (Socket connection = server.accept()) {
          connection.setSoLinger(true, 0);
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static boolean is(JsonNode node, String field, String value) {
    return node.path(field).asString("").equals(value);
  }

  private static List<JsonNode> rules() {
    return JSON.readTree(Run.ok("curl", "-sf", API + "rules"))
        .at("/data/groups")
        .valueStream()
        .flatMap(group -> group.get("rules").valueStream())
        .toList();
  }

  /// With what a user would have chosen.
  private static List<String> expressionsOfTheDashboard() throws IOException {
    List<String> expressions =
        JSON.readTree(Files.readString(DASHBOARD))
            .get("panels")
            .valueStream()
            .flatMap(panel -> panel.get("targets").valueStream())
            .map(target -> target.get("expr").asString())
            .map(expr -> expr.replace("$__rate_interval", "10s").replace("$instance", ".*"))
            .toList();
    assertThat(expressions).isNotEmpty().noneMatch(expr -> expr.contains("$"));
    return expressions;
  }

  private static Optional<String> value(String query) {
    Run answer =
        Run.of(List.of("curl", "-sfG", API + "query", "--data-urlencode", "query=" + query));
    return answer.isOk()
        ? JSON.readTree(answer.out())
            .at("/data/result")
            .valueStream()
            .map(series -> series.at("/value/1").asString())
            .findFirst()
        : Optional.empty();
  }
}
