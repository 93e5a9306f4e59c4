package io.podstamp.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.admin.AdminPorts;
import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.config.Config;
import io.podstamp.config.ConnectionLog;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.FeedHealth;
import io.podstamp.install.ChainStatus;
import io.podstamp.metrics.ConnectionLogger;
import io.podstamp.metrics.Exposition;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.metrics.PodMeter;
import io.podstamp.metrics.Refusals;
import io.podstamp.netns.Hold;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.signer.SignerPage;
import io.podstamp.signing.PodTokens;
import io.podstamp.signing.RemoteSigner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The metrics page, and everything that names metrics, held against each other.
class NodeSeriesTest {
  private static final Path PROJECT = Path.of("..");
  private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(?:\\{([^}]*)\\})? \\S+");
  private static final Pattern NAME =
      Pattern.compile("\\b(?:podstamp|process|jvm)_[a-z_]+[a-z]\\b");

  private final NodeMetrics metrics = new NodeMetrics();
  private ConnectionLogger log;

  @BeforeEach
  void register() {
    log =
        ConnectionLogger.start(
            () -> ConnectionLog.OFF, (_, _) -> null, (_, _) -> {}, metrics.exposition());
    metrics.cniAnswered("ADD", 0, Duration.ofMillis(12));
    metrics.loopLagged(Duration.ofMillis(1));
    metrics.shadowed(80, 3);
    metrics
        .meter()
        .accepted(InetSocketAddress.createUnresolved("a", 80))
        .clientSent("X-Forwarded-For", HeaderMode.SET);
    List<PodStatus> pods =
        List.of(
            pod("old-sandbox", "web", PodState.DRAINING, 3),
            pod("new-sandbox", "web", PodState.CAPTURED, 4));
    NodeSeries series = new NodeSeries(metrics.exposition(), () -> pods);
    series.registerInstall(() -> ChainStatus.notChained("", Instant.EPOCH));
    series
        .register(() -> 0, () -> List.of(new FeedHealth("pods", true, Duration.ofSeconds(3), 0)))
        .registerTokens(() -> 5, () -> 0, () -> RemoteSigner.Counts.NONE)
        .registerConfig(() -> true)
        .registerRoom(() -> 9000, () -> 0, () -> false)
        .registerPerPod();
    series.registerPorts(
        new AdminPorts()
            .add("admin", InetSocketAddress.createUnresolved("not-bound", 1), server -> server));
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private static PodStatus pod(String container, String name, PodState state, long stamped) {
    return new PodStatus(
        new Attachment(
            container,
            "eth0",
            Path.of("/run/netns/x"),
            1,
            new PodRef("shop", name, "u-" + container),
            List.of(),
            Map.of()),
        PodPolicy.of(Config.DEFAULT, Map.of("podstamp.io/enabled", "true"), Map.of(), false),
        state,
        "",
        "",
        Instant.now(),
        Duration.ZERO,
        new PodStatus.Repairs(0, ""),
        "",
        Hold.NONE,
        null,
        15901,
        0,
        "",
        new PodMeter.Counts(
            1,
            stamped,
            Map.of(),
            Refusals.NONE,
            0,
            0,
            Map.of("X-Forwarded-For", 2L),
            0,
            PodMeter.Tokens.NONE),
        List.of(),
        List.of(),
        List.of(),
        List.of(
            new PodTokens.Status("orders", Instant.MAX, null, null),
            new PodTokens.Status("billing", null, Instant.EPOCH, "why")));
  }

  private String page(@Nullable String accept) throws IOException {
    return new String(metrics.exposition().page(accept).content(), StandardCharsets.UTF_8);
  }

  @Test
  void page_formatIsTheOneAskedFor() throws IOException {
    Exposition.Page old = metrics.exposition().page("text/plain;version=0.0.4");
    Exposition.Page open = metrics.exposition().page("application/openmetrics-text;version=1.0.0");
    assertThat(old.contentType()).startsWith("text/plain; version=0.0.4");
    assertThat(open.contentType()).startsWith("application/openmetrics-text");
    assertThat(new String(open.content(), StandardCharsets.UTF_8))
        .endsWith("# EOF\n")
        .contains("# UNIT podstamp_event_loop_lag_seconds seconds\n");
  }

  @Test
  void podWithTwoSandboxes_isOneSeries() throws IOException {
    assertThat(page(null))
        .contains("podstamp_pod_requests_stamped_total{namespace=\"shop\",pod=\"web\"} 7.0\n")
        .contains(
            "podstamp_pods{decided_by=\"namespace\",desired=\"enabled\",state=\"captured\"} 1.0\n");
  }

  @Test
  void tokens_areCountedByWhetherTheyAreThere() throws IOException {
    assertThat(page(null))
        .contains("podstamp_identity_tokens{state=\"valid\"} 2.0\n")
        .contains("podstamp_identity_tokens{state=\"missing\"} 2.0\n");
  }

  @Test
  void promtool_findsNothingToSay() throws IOException, InterruptedException {
    Process promtool =
        new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
    try (var in = promtool.getOutputStream()) {
      in.write(page(null).getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    promtool.waitFor();
    // Common dashboards expect process_… and jvm_… as they are.
    assertThat(said.lines().filter(line -> line.startsWith("podstamp_"))).isEmpty();
  }

  @Test
  void docs_haveEveryMetricAsItIs() throws IOException {
    String docs = Files.readString(PROJECT.resolve("docs/metrics.md"));
    assertThat(docs.lines().filter(line -> line.startsWith("| `")).toList())
        .containsExactlyElementsOf(
            Stream.concat(table(page(null)).stream(), table(SignerPage.text()).stream()).toList());
  }

  /// A row for each metric on the page: name, type, labels, help.
  private static List<String> table(String page) {
    Map<String, TreeSet<String>> labels = new TreeMap<>();
    Map<String, String> help = new TreeMap<>();
    Map<String, String> type = new TreeMap<>();
    for (String line : page.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        help.put(words[2], words[3]);
      } else if (line.startsWith("# TYPE ")) {
        type.put(words[2], words[3]);
      } else {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        String family =
            type.containsKey(sample.group(1))
                ? sample.group(1)
                : sample.group(1).replaceAll("_(bucket|sum|count)$", "");
        TreeSet<String> names = labels.computeIfAbsent(family, _ -> new TreeSet<>());
        Matcher label = Pattern.compile("(\\w+)=\"").matcher(String.valueOf(sample.group(2)));
        while (label.find()) {
          if (!label.group(1).equals("le")) {
            names.add(label.group(1));
          }
        }
      }
    }
    List<String> rows = new ArrayList<>();
    help.forEach(
        (name, text) ->
            rows.add(
                "| `%s` | %s | %s | %s |"
                    .formatted(
                        name,
                        type.get(name),
                        String.join(", ", labels.getOrDefault(name, new TreeSet<>())),
                        text)));
    return rows;
  }

  @Test
  void dashboardAndAlerts_nameOnlyMetricsThatAreThere() throws IOException {
    TreeSet<String> there = new TreeSet<>();
    (page(null) + SignerPage.text())
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> there.add(line.split("[{ ]", 2)[0]));
    for (String file : List.of("dashboard.json", "alerts.yaml", "alerts_test.yaml")) {
      Matcher name =
          NAME.matcher(Files.readString(PROJECT.resolve("daemonset/monitoring").resolve(file)));
      TreeSet<String> named = new TreeSet<>();
      while (name.find()) {
        named.add(name.group());
      }
      named.remove("podstamp_event_loop_lag_seconds"); // of a histogram, in prose
      assertThat(named).as(file).isNotEmpty().isSubsetOf(there);
    }
  }

  @Test
  void alerts_areGoodRules_andFireWhenTheyShould() throws IOException, InterruptedException {
    for (List<String> command :
        List.of(
            List.of("promtool", "check", "rules", "alerts.yaml"),
            List.of("promtool", "test", "rules", "alerts_test.yaml"))) {
      Process promtool =
          new ProcessBuilder(command)
              .directory(PROJECT.resolve("daemonset/monitoring").toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(promtool.waitFor()).as(said).isZero();
    }
  }
}
