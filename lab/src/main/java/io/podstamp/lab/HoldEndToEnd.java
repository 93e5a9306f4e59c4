package io.podstamp.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// `scripts/e2e-hold.sh`: what becomes of connections that begin while the agent is killed, stopped
/// or replaced, and of many whose SYNs are held at once. Beside each captured Pod another one makes
/// the same connections direct: what is late there is the machine's.
public final class HoldEndToEnd {
  private static final int PORT = 9000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// TCP's timer has backed off to sixteen seconds by then.
  private static final Duration LONG_PATIENCE = Duration.ofMinutes(1);

  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration BACK = Duration.ofMinutes(2);

  /// A new agent on a busy machine takes as long for its first answers.
  private static final long CAPTURED_MICROS = 5_000_000;

  private static final int STOP_RATE = 20;
  private static final int DESTINATIONS = 40;
  private static final int SOURCES = 5;
  private static final int AT_ONCE = 50;
  private static final int EPHEMERAL_PORTS = 2000;

  private final Lab lab;
  private final Path podstamp;
  private boolean failed;

  private HoldEndToEnd(Lab lab, Path podstamp) {
    this.lab = lab;
    this.podstamp = podstamp;
  }

  /// Runs one part; the exit status is 1 if anything was not as it has to be.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes, the part, and its figures
  public static void main(String[] arguments) {
    Path podstamp = Path.of(arguments[0]).toAbsolutePath().normalize();
    boolean failed;
    try (Lab lab = Lab.withPodstamp(podstamp)) {
      HoldEndToEnd run = new HoldEndToEnd(lab, podstamp);
      lab.api().createNamespace("quiet");
      for (String profile : List.of("transparent", "strict")) {
        lab.api().createNamespace(profile);
        lab.api().annotateNamespace(profile, "podstamp.io/enabled", "true");
        lab.api().annotateNamespace(profile, "podstamp.io/ports", String.valueOf(PORT));
        lab.api().annotateNamespace(profile, "podstamp.io/profile", profile);
      }
      Path log = Lab.FOLDER.resolve("proof-server.log");
      List<String> server = JavaProgram.command(ProofServer.class, String.valueOf(PORT));
      try (Daemon daemon = Daemon.start("proof server", lab.node().outside().inside(server), log)) {
        daemon.await(() -> daemon.logText().contains("ready"));
        run.part(arguments);
      }
      failed = run.failed;
      if (failed) {
        System.out.println(lab.agent().logText());
      }
    }
    System.exit(failed ? 1 : 0);
  }

  private void part(String[] arguments) {
    switch (arguments[1]) {
      case "kill" -> kill(number(arguments, 2), number(arguments, 3));
      case "kill-strict" -> killStrict(number(arguments, 2), number(arguments, 3));
      case "stop" -> stop();
      case "upgrade" -> upgrade(number(arguments, 2), number(arguments, 3), List.of(podstamp));
      case "rollback" ->
          upgrade(
              2, number(arguments, 3), List.of(Path.of(arguments[2]).toAbsolutePath(), podstamp));
      case "ports" -> ports(number(arguments, 2));
      default -> throw new IllegalArgumentException(arguments[1] + ": no such part");
    }
  }

  private static int number(String[] arguments, int at) {
    return Integer.parseInt(arguments[at]);
  }

  private LabPod captured(String namespace, String name) {
    LabPod pod = lab.runPod(namespace, name);
    awaitStamp(pod);
    return pod;
  }

  private void awaitStamp(LabPod pod) {
    String url = "http://" + Node.OUTSIDE_ADDRESS + ":" + PORT + "/";
    if (!Wait.until(BACK, () -> pod.curlRun(url).out().contains("X-Client-Hostname"))) {
      throw new IllegalStateException(pod.name() + ": not stamped after " + BACK);
    }
  }

  /// While there is no agent, connections go direct.
  private void kill(int kills, int rate) {
    LabPod pod = captured("transparent", "killed");
    LabPod control = lab.runPod("quiet", "control");
    List<Long> killed = new ArrayList<>();
    try (RunningConnections direct = RunningConnections.atRate(control, PORT, PATIENCE, rate);
        RunningConnections load = RunningConnections.atRate(pod, PORT, PATIENCE, rate)) {
      for (int i = 0; i < kills; i++) {
        awaitStamp(pod);
        pause(Duration.ofSeconds(1));
        killed.add(micros());
        lab.agent().kill();
        pause(Duration.ofSeconds(3));
        restart();
      }
      awaitStamp(pod);
      tellKills("transparent", killed, load.stop(PATIENCE), direct.stop(PATIENCE));
    }
  }

  /// While there is no agent, connections wait.
  private void killStrict(int kills, int rate) {
    LabPod pod = captured("strict", "killed");
    LabPod control = lab.runPod("quiet", "control");
    List<Long> killed = new ArrayList<>();
    try (RunningConnections direct = RunningConnections.atRate(control, PORT, PATIENCE, rate);
        RunningConnections load = RunningConnections.atRate(pod, PORT, PATIENCE, rate)) {
      for (int i = 0; i < kills; i++) {
        awaitStamp(pod);
        pause(Duration.ofSeconds(1));
        killed.add(micros());
        lab.agent().kill();
        restart();
        Wait.until(PATIENCE, () -> connecting(pod) < rate / 5 + 5);
      }
      List<ConnectionRecord> records = load.stop(PATIENCE);
      tellKills("strict", killed, records, direct.stop(PATIENCE));
      count("strict: unstamped (0)", records, r -> r.isOk() && !r.isStamped(), true);
    }
  }

  /// With more patience than tests have: a busy machine is no failure here.
  private void restart() {
    long began = micros();
    lab.agent().restartUnwatched();
    if (!Wait.until(BACK, lab.agent()::isReady)) {
      throw new IllegalStateException("agent: not ready after " + BACK);
    }
    System.out.printf("started again: ready after %.1f s%n", (micros() - began) / 1e6);
  }

  private static long connecting(LabPod pod) {
    return pod.run("ss", "-Htn", "state", "syn-sent").orThrow().out().lines().count();
  }

  private void tellKills(
      String profile,
      List<Long> killed,
      List<ConnectionRecord> records,
      List<ConnectionRecord> direct) {
    String as = profile + ": ";
    Predicate<ConnectionRecord> connecting =
        record -> killed.stream().anyMatch(record::wasConnectingAt);
    Predicate<ConnectionRecord> established =
        record -> killed.stream().anyMatch(record::wasEstablishedAt);
    Predicate<ConnectionRecord> atAKill = connecting.or(established);
    System.out.printf("%s%d kills, %d connections%n", as, killed.size(), records.size());
    count(as + "stamped", records, ConnectionRecord::isStamped, false);
    count(
        as + "begun after a kill and failed (0)",
        records,
        atAKill.negate().and(ConnectionRecord::isFailed),
        true);
    count(
        as + "begun after a kill and connected late",
        records,
        atAKill.negate().and(ConnectionRecord::isConnectedLate),
        false);
    count(
        as + "begun after a kill and late",
        records,
        atAKill.negate().and(ConnectionRecord::isLate),
        false);
    count(as + "being set up at a kill", records, connecting, false);
    count(
        as + "being set up at a kill, failed",
        records,
        connecting.and(ConnectionRecord::isFailed),
        false);
    count(as + "established at a kill", records, established, false);
    count(
        as + "established at a kill, failed",
        records,
        established.and(ConnectionRecord::isFailed),
        false);
    count(as + "mismatched (0)", records, ConnectionRecord::isMismatch, true);
    count("direct: failed", direct, record -> !record.isOk(), false);
    count("direct: late", direct, ConnectionRecord::isLate, false);
    count("direct: connected late", direct, ConnectionRecord::isConnectedLate, false);
    records.stream()
        .filter(atAKill.negate().and(ConnectionRecord::isFailed))
        .limit(10)
        .forEach(
            record ->
                System.out.printf(
                    "    %.3f s after the kill: %s%n",
                    killed.stream()
                            .mapToLong(kill -> record.began() - kill)
                            .filter(micros -> micros >= 0)
                            .min()
                            .orElse(0)
                        / 1e6,
                    record.outcome()));
    for (long kill : killed) {
      require(
          records.stream().anyMatch(r -> r.isStamped() && r.endedIn(kill - CAPTURED_MICROS, kill)),
          "captured before each kill");
    }
  }

  /// An agent that hangs as a whole: nothing of it runs, nothing of it is closed.
  private void stop() {
    LabPod pod = captured("transparent", "stopped");
    for (String end : List.of("CONT", "KILL")) {
      long stopped;
      long ended;
      List<ConnectionRecord> records;
      awaitStamp(pod);
      try (RunningConnections load =
          RunningConnections.atRate(pod, PORT, LONG_PATIENCE, STOP_RATE)) {
        pause(Duration.ofSeconds(2));
        stopped = micros();
        lab.agent().signal("STOP");
        pause(LEASE.plusSeconds(5));
        ended = micros();
        if (end.equals("CONT")) {
          lab.agent().signal("CONT");
        } else {
          lab.agent().kill();
        }
        pause(Duration.ofSeconds(2));
        records = load.stop(LONG_PATIENCE);
      }
      if (end.equals("KILL")) {
        restart();
      }
      String as = "SIGSTOP, then SIG" + end + ": ";
      long leased = stopped + TimeUnit.NANOSECONDS.toMicros(LEASE.toNanos());
      Predicate<ConnectionRecord> held = r -> r.beganIn(stopped, ended) && r.ended() >= ended;
      Predicate<ConnectionRecord> afterLease = r -> r.beganIn(leased, ended);
      System.out.printf("%s%d connections%n", as, records.size());
      count(as + "held until then", records, held, false);
      count(
          as + "held, and then direct", records, held.and(r -> r.isOk() && !r.isStamped()), false);
      count(as + "held, and failed (0)", records, held.and(ConnectionRecord::isFailed), true);
      count(as + "begun after the lease", records, afterLease, false);
      count(
          as + "begun after the lease and connected late (0)",
          records,
          afterLease.and(ConnectionRecord::isConnectedLate),
          true);
      count(
          as + "begun after the stop and failed (0)",
          records,
          r -> r.began() >= stopped && r.isFailed(),
          true);
      System.out.printf(
          "%sheld, connected %.1f s after the end of the stop, answered %.1f s (longest)%n",
          as,
          records.stream().filter(held).mapToLong(r -> r.connected() - ended).max().orElse(0) / 1e6,
          records.stream().filter(held).mapToLong(r -> r.ended() - ended).max().orElse(0) / 1e6);
      require(records.stream().anyMatch(held), "some were held");
      require(records.stream().anyMatch(afterLease), "some began after the lease");
    }
  }

  private void upgrade(int times, int rate, List<Path> builds) {
    LabPod pod = captured("transparent", "upgraded");
    LabPod strict = captured("strict", "upgraded-strict");
    LabPod control = lab.runPod("quiet", "control");
    List<Daemon> leaving = new ArrayList<>();
    try (RunningConnections direct = RunningConnections.atRate(control, PORT, PATIENCE, rate);
        RunningConnections guarded = RunningConnections.atRate(strict, PORT, PATIENCE, rate);
        RunningConnections load = RunningConnections.atRate(pod, PORT, PATIENCE, rate)) {
      for (int i = 0; i < times; i++) {
        pause(Duration.ofSeconds(2));
        leaving.add(lab.agent().handOver(builds.get(i % builds.size())));
      }
      pause(Duration.ofSeconds(3));
      Wait.until(BACK, () -> leaving.stream().noneMatch(Daemon::isAlive));
      tellUpgrades("transparent", times, load.stop(PATIENCE));
      tellUpgrades("strict", times, guarded.stop(PATIENCE));
      List<ConnectionRecord> ofControl = direct.stop(PATIENCE);
      count("direct: failed", ofControl, record -> !record.isOk(), false);
      count("direct: late", ofControl, ConnectionRecord::isLate, false);
      count("direct: connected late", ofControl, ConnectionRecord::isConnectedLate, false);
    }
  }

  private void tellUpgrades(String profile, int times, List<ConnectionRecord> records) {
    String as = profile + ": ";
    System.out.printf("%s%d upgrades, %d connections%n", as, times, records.size());
    count(as + "failed (0)", records, record -> !record.isOk(), true);
    count(as + "unstamped (0)", records, record -> record.isOk() && !record.isStamped(), true);
    count(as + "late (0, or the machine's)", records, ConnectionRecord::isLate, false);
    count(as + "connected late (0)", records, ConnectionRecord::isConnectedLate, false);
  }

  /// Ports are short, and many connections of several Pods are under way to several destinations.
  private void ports(int count) {
    List<String> addresses =
        IntStream.range(0, DESTINATIONS).mapToObj(i -> "192.0.2." + (100 + i)).toList();
    addresses.forEach(
        address -> lab.node().outside().ip("address", "add", address + "/24", "dev", "eth0"));
    for (String namespace : List.of("quiet", "transparent")) {
      List<LabPod> pods =
          IntStream.range(0, SOURCES)
              .mapToObj(i -> lab.runPod(namespace, namespace + "-" + i))
              .toList();
      for (LabPod pod : pods) {
        pod.run(
                "sysctl",
                "-w",
                "net.ipv4.ip_local_port_range=40000 " + (40000 + EPHEMERAL_PORTS - 1))
            .orThrow();
        if (namespace.equals("transparent")) {
          awaitStamp(pod);
        }
      }
      List<RunningConnections> loads =
          pods.stream()
              .map(
                  pod ->
                      RunningConnections.some(
                          pod, PORT, PATIENCE, count / SOURCES, AT_ONCE, addresses))
              .toList();
      List<ConnectionRecord> records =
          loads.stream().flatMap(load -> load.await(Duration.ofHours(2)).stream()).toList();
      boolean direct = namespace.equals("quiet");
      String as = direct ? "direct: " : "captured: ";
      System.out.printf(
          "%s%d connections from %d Pods to %d destinations%n",
          as, records.size(), SOURCES, DESTINATIONS);
      count(as + "failed", records, ConnectionRecord::isFailed, !direct);
      count(as + "mismatched (0)", records, ConnectionRecord::isMismatch, true);
      count(as + "late", records, ConnectionRecord::isLate, false);
      count(as + "unstamped", records, record -> record.isOk() && !record.isStamped(), false);
      require(records.size() == count / SOURCES * SOURCES, "a record of each connection");
      pods.forEach(lab::deletePod);
    }
  }

  /// Prints how many there are, and the first in full where there must be none.
  private void count(
      String what,
      List<ConnectionRecord> records,
      Predicate<ConnectionRecord> which,
      boolean none) {
    List<ConnectionRecord> found = records.stream().filter(which).toList();
    System.out.printf("%s: %d%n", what, found.size());
    if (none && !found.isEmpty()) {
      failed = true;
      found.stream().limit(5).forEach(record -> System.out.println("    " + record));
    }
  }

  private void require(boolean fact, String what) {
    if (!fact) {
      failed = true;
      System.out.println("not so: " + what);
    }
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
