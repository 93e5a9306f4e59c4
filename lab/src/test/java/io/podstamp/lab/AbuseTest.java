package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One Pod ill-treats the proxy; the others go on, and nothing of it stays.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class AbuseTest {
  private static final String GATEWAY = "http://" + Node.OUTSIDE_ADDRESS;
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;
  private static final int CURL_TIMED_OUT = 28;
  private static final long MEBIBYTE = 1 << 20;
  private static final Duration RECOVERY = Duration.ofSeconds(30); // on a busy machine

  private static final int WRONG = 500;

  /// Of the log: some kinds of message, each at its first, and maybe at the end of its minute.
  private static final int MOST_LINES = 10;

  private Lab lab;
  private LabPod villain;
  private LabPod neighbour;
  private int round;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(java.nio.file.Path.of("../target/podstamp"));
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    villain = lab.runPod("shop", "villain");
    neighbour = lab.runPod("shop", "neighbour");
  }

  @AfterAll
  void down() {
    lab.close();
  }

  /// The bound is what a connection may hold: a head of 64 KiB, 128 KiB each way, and the objects;
  /// and some 32 MiB by which a young JVM grows by itself.
  @ParameterizedTest
  @CsvSource({
    "IDLE, 2000, 64",
    "SLOW_HEAD, 500, 64",
    "HUGE_HEAD, 50, 64",
    "EMPTY_LINES, 10, 48",
    "DEAF, 10, 48"
  })
  void flood_neighboursGoOn_memoryIsBounded(Flood.Kind kind, int connections, int mebibytes) {
    long before = lab.agent().facts().rssBytes();
    try (Daemon _ = flood(kind, connections)) {
      expectServed(20);
      assertThat(lab.agent().facts().rssBytes() - before)
          .as("growth of RSS from %d", before)
          .isLessThan(mebibytes * MEBIBYTE);
    }
    expectRecovered();
  }

  @Test
  void podAtItsLimit_itsNewConnectionsWait_theOthersGoOn_allAreServedInTheEnd() {
    double bypasses = lab.agent().metric("podstamp_bypasses_total");
    configure("limits: {connections: 10}");
    try {
      Daemon flood = flood(Flood.Kind.IDLE, 30);
      try (flood) {
        await().until(() -> lab.agent().metric("podstamp_pods_at_limit") == 1);
        assertThat(openConnections()).isEqualTo(10);
        assertThat(lab.agent().explain(villain))
            .contains("is captured", "all the 10 connections it may have: new connections wait");
        expectServed(20);

        Run waiting = villain.curlRun("--max-time", "1", GATEWAY + "/waits");
        assertThat(waiting.status()).as(waiting.toString()).isEqualTo(CURL_TIMED_OUT);
      }
      await().until(() -> lab.agent().metric("podstamp_pods_at_limit") == 0);
      villain.curl("-f", GATEWAY + "/served");
      assertThat(lab.gateway().await("/served", 1).getFirst().hostname()).isEqualTo("villain");
      assertThat(lab.agent().metric("podstamp_bypasses_total")).isEqualTo(bypasses);
    } finally {
      configure("");
    }
    expectRecovered();
  }

  /// The villain may take all there is; a Pod with profile strict is there too.
  @Test
  void descriptorsNearlyGone_newConnectionsGoDirect_strictOnesNever_nobodyIsReset() {
    lab.api().createNamespace("bank");
    lab.api().annotateNamespace("bank", "podstamp.io/enabled", "true");
    lab.api().annotateNamespace("bank", "podstamp.io/profile", "strict");
    LabPod vault = lab.runPod("bank", "vault");
    configure("limits: {connections: 100000}");
    int before = lab.agent().facts().descriptors().size();
    lab.agent().limitDescriptors(before + 64 + 40); // 64 are kept for what is no connection
    try (HeldConnection held =
        HeldConnection.open(neighbour.netns(), Node.OUTSIDE_ADDRESS, EchoServer.PORT)) {
      assertThat(held.get("/held")).contains("X-Client-Hostname: neighbour");
      await().until(() -> lab.agent().metric("podstamp_connections_capacity") < 30);
      double bypasses = lab.agent().metric("podstamp_bypasses_total");
      try (Daemon _ = flood(Flood.Kind.IDLE, 60)) {
        await().until(() -> lab.agent().metric("podstamp_bypassed") == 1);
        assertThat(neighbour.curl(ECHO + "/direct")).doesNotContain("X-Client-Hostname");
        assertThat(lab.agent().explain(neighbour))
            .contains("as many connections as descriptors and heap allow", "go direct");

        // It waits, or has the room that a descriptor of something else has left: never direct.
        Run strict = vault.curlRun("--max-time", "1", ECHO + "/strict");
        assertThat(
                strict.status() == CURL_TIMED_OUT
                    || strict.out().contains("X-Client-Hostname: vault"))
            .as(strict.toString())
            .isTrue();
        assertThat(lab.echo().heads("/strict"))
            .allSatisfy(head -> assertThat(head).contains("X-Client-Hostname: vault"));
        assertThat(lab.agent().explain(vault)).contains("new connections may have to wait");
        assertThat(held.get("/still")).contains("X-Client-Hostname: neighbour");
      }
      await().atMost(RECOVERY).until(() -> lab.agent().metric("podstamp_bypassed") == 0);
      assertThat(vault.curl(ECHO + "/strict")).contains("X-Client-Hostname: vault");
      assertThat(lab.agent().metric("podstamp_bypasses_total")).isEqualTo(bypasses + 1);
      assertThat(lab.agent().metric("podstamp_dial_failures_total")).isZero();
    } finally {
      lab.agent().limitDescriptors(16_384);
      configure("");
      lab.deletePod(vault);
    }
    expectRecovered();
  }

  @Test
  void hundredThousandPipelinedRequests_areAllStamped() {
    String request = "GET /piped HTTP/1.1\r\nHost: a\r\n\r\n";
    byte[] requests = request.repeat(1_000).getBytes(StandardCharsets.US_ASCII);
    long before = lab.agent().facts().rssBytes();
    double stampedBefore = lab.agent().metric("podstamp_requests_stamped_total");

    Run run =
        Run.of(
            new ProcessBuilder(
                villain
                    .netns()
                    .inside(
                        List.of(
                            "bash",
                            "-c",
                            "exec 3<>/dev/tcp/$0/80 4<&0; cat <&4 >&3 & grep -ac '^HTTP/1.1 200' <&3",
                            Node.OUTSIDE_ADDRESS))),
            out -> {
              for (int i = 0; i < 100; i++) {
                out.write(requests);
              }
              out.write(
                  "GET /piped HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
            });

    assertThat(run.orThrow().out().strip()).isEqualTo("100001");
    assertThat(lab.agent().metric("podstamp_requests_stamped_total") - stampedBefore)
        .isEqualTo(100_001);
    assertThat(lab.gateway().await("/piped", 100_001).stream().map(Gateway.Request::hostname))
        .containsOnly("villain");
    await()
        .atMost(Duration.ofSeconds(60)) // what compiling took goes back every few seconds
        .untilAsserted(
            () -> assertThat(lab.agent().facts().rssBytes() - before).isLessThan(32 * MEBIBYTE));
  }

  /// Each is over before the next one begins; a shell makes them, from descriptor 3 on.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tripped | 80 | printf 'x\\r\\nX-Client-Hostname: evil\\r\\n' >&3; read -r -t 5 <&3",
        "cut off in the head | 80 | printf 'GET /cut HTTP/1.1\\r\\nHost: a' >&3",
        "reset by the client | 80 | printf 'GET /reset HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&3; read -r -n 1 -t 5 <&3",
        "HTTP/2 without a server | 80 | printf 'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' >&3; read -r -t 5 <&3",
        "refused | 8080 | :"
      })
  void connectionsThatGoWrong_areNotALineEach(String what, int port, String does) {
    long before = lab.agent().logText().lines().count();
    villain
        .run(
            "bash",
            "-c",
            "for i in {1..%d}; do { exec 3<>/dev/tcp/%s/%d; } 2>/dev/null && { %s; exec 3>&-; }; done; true"
                .formatted(WRONG, Node.OUTSIDE_ADDRESS, port, does))
        .orThrow();
    assertThat(lab.agent().logText().lines().skip(before))
        .as("%d connections: %s", WRONG, what)
        .hasSizeLessThanOrEqualTo(MOST_LINES);
  }

  /// Returns when the agent has read it.
  private void configure(String more) {
    long before = timesConfigured();
    lab.agent().configure(more);
    await().until(() -> timesConfigured() > before);
  }

  private long timesConfigured() {
    return lab.agent().logText().lines().filter(line -> line.contains("in force now")).count();
  }

  private Daemon flood(Flood.Kind kind, int connections) {
    List<String> command =
        new ArrayList<>(
            JavaProgram.command(
                Flood.class,
                kind.name(),
                Node.OUTSIDE_ADDRESS,
                String.valueOf(Gateway.PORT),
                String.valueOf(connections)));
    Daemon daemon =
        Daemon.start(
            "flood",
            villain.netns().inside(command),
            Lab.FOLDER.resolve("flood-" + round++ + ".log"));
    return daemon.await(() -> daemon.logText().contains("ready"));
  }

  private void expectServed(int requests) {
    String uri = "/neighbour" + round++ + "/";
    neighbour.curl("-f", "-o", "/dev/null", GATEWAY + uri + "[1-" + requests + "]");
    assertThat(lab.gateway().await(uri, requests))
        .allSatisfy(request -> assertThat(request.hostname()).isEqualTo("neighbour"));
  }

  /// At once for the neighbour; what the villain had sent already may still be on its way.
  private void expectRecovered() {
    await()
        .atMost(RECOVERY)
        .until(() -> neighbour.curlRun("--max-time", "1", GATEWAY + "/recovered").isOk());
    expectServed(20);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(openConnections()).isZero());
  }

  private double openConnections() {
    return lab.agent().metric("podstamp_connections_open");
  }
}
