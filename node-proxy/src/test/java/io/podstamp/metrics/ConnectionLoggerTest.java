package io.podstamp.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.config.ConnectionLog;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class ConnectionLoggerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final InetSocketAddress SERVER = address("192.0.2.80", 443);
  private static final InetSocketAddress LOCAL = address("10.244.0.5", 40001);
  private static final InetSocketAddress NODE = address("192.0.2.10", 61234);
  private static final PodIdentity WEB =
      new PodIdentity(
          new PodRef("shop", "web-1", "u1"),
          List.of(),
          "web-1",
          null,
          Map.of(),
          Map.of(),
          new Workload("Deployment", "web"),
          new PodIdentity.Node("n1", null));

  private final NodeMetrics metrics = new NodeMetrics();
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }

  private ConnectionLogger log(ConnectionLog setting, ConnectionLogger.Sink sink) {
    return ConnectionLogger.start(() -> setting, (_, _) -> NODE, sink, metrics.exposition());
  }

  private PodMeter meter(ConnectionLogger log) {
    return metrics.meter(log, () -> WEB);
  }

  private String page() throws IOException {
    return new String(metrics.exposition().page(null).content(), StandardCharsets.UTF_8);
  }

  /// The receiver has the same id in the header.
  @Test
  void proxyHeader_isTold_withTheIdThatIsInIt() throws IOException {
    String first;
    try (ConnectionLogger log = log(ConnectionLog.ON, (line, _) -> lines.add(line))) {
      PodMeter meter = meter(log);
      ConnectionTally tally = meter.accepted(SERVER);
      first = tally.id();
      assertThat(tally.id()).isEqualTo(first).hasSize(ConnectionIds.LENGTH).isPrintable();
      tally.proxyHeader(ProxyHeaderOutcome.SENT, 2);
      tally.proxyHeader(ProxyHeaderOutcome.REPLACED, 2);
      tally.ended("both sides finished");
      ConnectionTally second = meter.accepted(SERVER);
      assertThat(second.id()).isNotEqualTo(first);
      second.proxyHeader(ProxyHeaderOutcome.PASSED, 0);
      second.ended("both sides finished");
      assertThat(meter.counts().proxyHeaders()).isEqualTo(1);
    }
    JsonNode line = JSON.readTree(lines.getFirst());
    assertThat(line.get("id").asString()).isEqualTo(first);
    assertThat(line.get("proxyHeader").asString()).isEqualTo("replaced");
    assertThat(JSON.readTree(lines.getLast()).get("proxyHeader").asString()).isEqualTo("passed");
    assertThat(page())
        .contains(
            "podstamp_proxy_headers_total{outcome=\"sent\"} 1.0\n",
            "podstamp_proxy_headers_total{outcome=\"replaced\"} 1.0\n",
            "podstamp_proxy_headers_total{outcome=\"passed\"} 1.0\n",
            "podstamp_proxy_tlvs_left_out_total 2.0\n");
  }

  @Test
  void on_everyConnection_isALineThatJoinsBothEnds() throws IOException {
    try (ConnectionLogger log = log(ConnectionLog.ON, (line, _) -> lines.add(line))) {
      ConnectionTally tally = meter(log).accepted(SERVER);
      tally.dialled(LOCAL);
      tally.speaks(Protocol.TLS);
      tally.serverName("orders.example.com");
      tally.unstamped(Reason.TLS);
      tally.bytesUp(517);
      tally.bytesDown(4000);
      tally.ended("both sides finished");
    }
    assertThat(lines).hasSize(1);
    JsonNode line = JSON.readTree(lines.getFirst());
    assertThat(line.propertyNames())
        .containsExactly(
            "time",
            "namespace",
            "pod",
            "uid",
            "workloadKind",
            "workloadName",
            "destination",
            "upstream",
            "snat",
            "protocol",
            "sni",
            "requestsStamped",
            "unstamped",
            "bytesUp",
            "bytesDown",
            "durationSeconds",
            "end");
    assertThat(line.get("upstream").asString()).isEqualTo("10.244.0.5:40001");
    assertThat(line.get("snat").asString()).isEqualTo("192.0.2.10:61234");
    assertThat(line.get("sni").asString()).isEqualTo("orders.example.com");
    assertThat(line.get("pod").asString()).isEqualTo("web-1");
    assertThat(page()).contains("podstamp_connection_log_lines_total 1.0\n");
  }

  @Test
  void off_nothingIsWritten() throws IOException {
    try (ConnectionLogger log = log(ConnectionLog.OFF, (line, _) -> lines.add(line))) {
      meter(log).accepted(SERVER).ended("both sides finished");
    }
    assertThat(lines).isEmpty();
  }

  @Test
  void sampled_oneOfEachPodInASecond_aLineTellsHowManyWereLeftOut() throws IOException {
    AtomicInteger ended = new AtomicInteger();
    try (ConnectionLogger log = log(ConnectionLog.SAMPLED, (line, _) -> lines.add(line))) {
      PodMeter pod = meter(log);
      await()
          .until(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  ended.incrementAndGet();
                  pod.accepted(SERVER).ended("both sides finished");
                }
                return lines.size() >= 2 && notLogged() > 0;
              });
    }
    assertThat(lines).hasSizeLessThan(ended.get() / 10);
    assertThat(notLogged()).isLessThanOrEqualTo(ended.get() - lines.size());
  }

  private long notLogged() {
    return lines.stream().mapToLong(line -> JSON.readTree(line).path("notLogged").asLong(0)).sum();
  }

  @Test
  void sinkThatHangs_eventLoopsGoOn_dropsAreCounted() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    try (ConnectionLogger log =
        log(
            ConnectionLog.ON,
            (line, _) -> {
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              lines.add(line);
            })) {
      PodMeter pod = meter(log);
      for (int i = 0; i < 10_000; i++) {
        pod.accepted(SERVER).ended("both sides finished");
      }
      assertThat(page()).containsPattern("podstamp_connection_log_dropped_total 1[78]\\d\\d.0\n");
      release.countDown();
      await().until(() -> lines.size() >= 8192);
    }
  }

  @Test
  void file_truncatedFromOutside_isWrittenOn(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("connections.log");
    try (ConnectionLogger log = log(ConnectionLog.ON, ConnectionSinks.file(file))) {
      meter(log).accepted(SERVER).ended("first");
      await().until(() -> Files.readString(file).contains("first"));
      Files.writeString(file, "");
      meter(log).accepted(SERVER).ended("second");
      await().until(() -> Files.readString(file).contains("second"));
    }
    assertThat(Files.readString(file)).startsWith("{").endsWith("}\n").doesNotContain("first");
  }
}
