package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// A hundred keep-alive connections that never try anything twice, while the Pod's namespace is
/// switched to and fro, and while the agent dies.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class UnderLoadTest {
  private static final String ENABLED = "podstamp.io/enabled";
  private static final String STAMP = "X-Client-Hostname: app";
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;
  private static final int CONNECTIONS = 100;
  private static final int TOGGLES = 20;
  private static final int PORTS = 2000;
  private static final int AT_ONCE = 5000;
  private static final int PROOF_PORT = 8800;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private Lab lab;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void namespaceToggledTwentyTimes_noRequestFails_someAreStampedAndSomeNot() {
    lab.api().createNamespace("toggled");
    LabPod pod = lab.runPod("toggled", "app");
    RunningLoad.Totals totals;
    try (RunningLoad load = RunningLoad.start(pod, "toggled", CONNECTIONS, 10, 100)) {
      for (int toggle = 1; toggle <= TOGGLES; toggle++) {
        boolean enabled = toggle % 2 == 1;
        lab.api().annotateNamespace("toggled", ENABLED, String.valueOf(enabled));
        long before = seen("/toggled", enabled);
        await().until(() -> seen("/toggled", enabled) >= before + CONNECTIONS);
      }
      totals = load.stop();
    }
    tell("toggled " + TOGGLES + " times", totals);

    assertThat(totals.failed()).as(totals.log()).isZero();
    assertThat(totals.connections()).isGreaterThan(CONNECTIONS);
    List<String> phases =
        lab.gateway().await("/toggled", Math.toIntExact(totals.requests())).stream()
            .map(Gateway.Request::hostname)
            .toList();
    assertThat(phases).contains("app", "").containsOnly("app", "");
    assertThat(changes(phases)).isGreaterThanOrEqualTo(TOGGLES);
    lab.deletePod(pod);
  }

  /// Each captured connection takes two of the Pod's ports, and the client that closes first leaves
  /// both in TIME_WAIT: three times as many connections as there is room for in those 60 s.
  @Test
  void shortConnections_moreThanThePodHasPorts_noneFails() {
    lab.api().createNamespace("brief");
    lab.api().annotateNamespace("brief", ENABLED, "true");
    LabPod pod = lab.runPod("brief", "app");
    pod.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 " + (40000 + PORTS - 1)).orThrow();
    RunningLoad.Totals totals;
    try (RunningLoad load = RunningLoad.start(pod, "brief", 8, 1, 20)) {
      await().atMost(Duration.ofMinutes(1)).until(() -> seen("/brief", true) > 3 * PORTS / 2);
      totals = load.stop();
    }
    tell("short connections", totals);

    assertThat(totals.failed()).as(totals.log()).isZero();
    lab.deletePod(pod);
  }

  /// More than the Pod's queue of SYNs, the agent's dials and its listener take at a time.
  @Test
  void connectionsAtOnce_fiveThousand_eachIsAnsweredAndStamped() {
    lab.api().createNamespace("crowd");
    lab.api().annotateNamespace("crowd", ENABLED, "true");
    lab.api().annotateNamespace("crowd", "podstamp.io/ports", String.valueOf(PROOF_PORT));
    LabPod pod = lab.runPod("crowd", "app");
    List<ConnectionRecord> records;
    try (OutsideServers servers = new OutsideServers(lab.node(), Lab.FOLDER)) {
      servers.start(
          PROOF_PORT,
          JavaProgram.command(ProofServer.class, String.valueOf(PROOF_PORT))
              .toArray(String[]::new));
      try (RunningConnections load =
          RunningConnections.some(
              pod, PROOF_PORT, PATIENCE, AT_ONCE, AT_ONCE, List.of(Node.OUTSIDE_ADDRESS))) {
        records = load.await(PATIENCE.multipliedBy(2));
      }
    }
    assertThat(records).hasSize(AT_ONCE);
    assertThat(records).filteredOn(record -> !record.isOk() || !record.isStamped()).isEmpty();
    lab.deletePod(pod);
  }

  /// Each client may lose the connection that it had open when the agent died, and no other: a new
  /// one goes direct at once, not when the lease has run out.
  @Test
  void agentKilled_onlyConnectionsThatWereOpenFail() {
    lab.api().createNamespace("orphaned");
    lab.api().annotateNamespace("orphaned", ENABLED, "true");
    LabPod pod = lab.runPod("orphaned", "app");
    RunningLoad.Totals totals;
    try (RunningLoad load = RunningLoad.start(pod, "orphaned", CONNECTIONS, 1, 100)) {
      await().until(() -> seen("/orphaned", true) > CONNECTIONS);
      lab.agent().kill();
      pod.curlRun("-f", ECHO + "/direct").orThrow();
      long direct = seen("/orphaned", false);
      await().until(() -> seen("/orphaned", false) > direct + 3 * CONNECTIONS);
      totals = load.stop();
    } finally {
      lab.agent().restart();
    }
    tell("agent killed", totals);

    assertThat(totals.failed()).as(totals.log()).isLessThanOrEqualTo(CONNECTIONS);
    await().until(() -> pod.curlRun(ECHO + "/again").out().contains(STAMP));
    lab.deletePod(pod);
  }

  private long seen(String uri, boolean stamped) {
    return lab.gateway()
        .requests(request -> request.uri().equals(uri) && request.hostname().isEmpty() != stamped)
        .size();
  }

  /// How often the next request looks unlike the one before it.
  private static int changes(List<String> phases) {
    int changes = 0;
    for (int i = 1; i < phases.size(); i++) {
      if (!phases.get(i).equals(phases.get(i - 1))) {
        changes++;
      }
    }
    return changes;
  }

  private static void tell(String what, RunningLoad.Totals totals) {
    System.out.printf(
        "%s: %d requests on %d connections, %d connections refused, %d requests broken, %d resets%n",
        what,
        totals.requests(),
        totals.connections(),
        totals.refused(),
        totals.broken(),
        totals.resets());
  }
}
