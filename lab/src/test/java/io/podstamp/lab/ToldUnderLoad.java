package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Connections that begin with a header of the PROXY protocol, under load, while agents come and
/// go: so often (`podstamp.told.rounds`), so many a second (`podstamp.told.rate`), and until there
/// were so many (`podstamp.told.connections`). For `scripts/e2e-proxy-protocol.sh`.
///
/// A second header is no request to the server: its answer would be a mismatch.
@SuppressWarnings("NullAway.Init")
final class ToldUnderLoad {
  private static final int PORT = 8800;
  private static final int ROUNDS = Integer.getInteger("podstamp.told.rounds", 1);
  private static final int RATE = Integer.getInteger("podstamp.told.rate", 50);
  private static final int CONNECTIONS = Integer.getInteger("podstamp.told.connections", 200);
  private static final int AT_ONCE = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String RULE =
      "proxyProtocol: [{destinations: [%s], ports: [%d], receiver: haproxy, onMissing: hold}]"
          .formatted(Node.OUTSIDE_ADDRESS, PORT);

  private Lab lab;
  private OutsideServers servers;
  private LabPod pod;

  @BeforeEach
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    servers = new OutsideServers(lab.node(), Lab.FOLDER);
    servers.start(
        PORT, JavaProgram.command(ProofServer.class, String.valueOf(PORT)).toArray(String[]::new));
    lab.agent().configure(RULE);
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    pod = lab.runPod("shop", "web");
    awaitTold(true);
  }

  @AfterEach
  void down() {
    servers.close();
    lab.close();
  }

  private void awaitTold(boolean told) {
    String url = "http://" + Node.OUTSIDE_ADDRESS + ":" + PORT + "/";
    assertThat(Wait.until(PATIENCE, () -> pod.curlRun(url).out().contains("Told: ") == told))
        .as(lab.agent().logText())
        .isTrue();
  }

  @Test
  void thousands_manyAtOnce_eachIsToldOnce() {
    List<ConnectionRecord> records;
    try (RunningConnections load =
        RunningConnections.some(
            pod, PORT, PATIENCE, CONNECTIONS, AT_ONCE, List.of(Node.OUTSIDE_ADDRESS))) {
      records = load.await(Duration.ofMinutes(5));
    }
    print("many at once", records);
    assertThat(records).hasSize(CONNECTIONS).allMatch(record -> record.isOk() && record.isTold());
  }

  /// Only what was open or just released when the agent was killed may end, by a reset.
  @Test
  void agentsComeAndGo_eachConnectionIsToldOnce() {
    List<ConnectionRecord> records;
    List<Kill> kills = new ArrayList<>();
    try (RunningConnections load = RunningConnections.atRate(pod, PORT, PATIENCE, RATE)) {
      long begun = System.nanoTime();
      for (int i = 0; goesOn(i, begun); i++) {
        lab.agent().handOver();
        awaitTold(true);
        long began = micros();
        lab.agent().kill();
        kills.add(new Kill(began, micros()));
        lab.agent().restart();
        awaitTold(true);
      }
      records = load.stop(PATIENCE);
    }
    print("agents come and go", records);
    assertThat(records).hasSizeGreaterThanOrEqualTo(CONNECTIONS);
    assertThat(records).filteredOn(ConnectionRecord::isMismatch).isEmpty();
    assertThat(records).filteredOn(record -> record.isOk() && !record.isTold()).isEmpty();
    assertThat(records)
        .filteredOn(ConnectionRecord::isFailed)
        .allMatch(record -> kills.stream().anyMatch(kill -> kill.met(record)));
  }

  private static boolean goesOn(int round, long begunNanos) {
    long seconds = Duration.ofNanos(System.nanoTime() - begunNanos).toSeconds();
    return round < ROUNDS || seconds * RATE < CONNECTIONS;
  }

  /// @param began and `ended`: the kill was between them
  private record Kill(long began, long ended) {
    boolean met(ConnectionRecord record) {
      return record.began() < ended && record.ended() > began;
    }
  }

  private static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  private static void print(String what, List<ConnectionRecord> records) {
    System.out.printf(
        "%s: %d connections, %d told, %d not, %d ended by a reset%n",
        what,
        records.size(),
        records.stream().filter(ConnectionRecord::isTold).count(),
        records.stream().filter(record -> record.isOk() && !record.isTold()).count(),
        records.stream().filter(ConnectionRecord::isFailed).count());
  }

  /// What is switched on and off reaches whole connections: each has one header or none.
  @Test
  void switchedOnAndOff_noConnectionIsHurt() {
    List<ConnectionRecord> records;
    try (RunningConnections load = RunningConnections.atRate(pod, PORT, PATIENCE, RATE)) {
      long begun = System.nanoTime();
      for (int i = 0; goesOn(i, begun); i++) {
        lab.agent().configure("");
        awaitTold(false);
        lab.agent().configure(RULE);
        awaitTold(true);
      }
      records = load.stop(PATIENCE);
    }
    print("switched on and off", records);
    assertThat(records).hasSizeGreaterThanOrEqualTo(CONNECTIONS).allMatch(ConnectionRecord::isOk);
    assertThat(records).anyMatch(ConnectionRecord::isTold);
    assertThat(records).anyMatch(record -> !record.isTold());
  }
}
