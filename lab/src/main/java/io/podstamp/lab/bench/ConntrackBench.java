package io.podstamp.lab.bench;

import io.podstamp.lab.EchoServer;
import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// CONNTRACK: what it costs a server Pod that its calls out are captured. The rules turn on
/// connection tracking for all of its traffic, so each short inbound connection leaves an entry for
/// two minutes. Direct and captured Pod take turns in one run.
final class ConntrackBench implements Workload {
  private static final String CONNECTIONS = "10000";
  private static final int ROUNDS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  /// One Pod with its server, and what was measured of it.
  private static final class Side {
    private final LabPod pod;
    private final EchoServer server;
    private final List<Double> millis = new ArrayList<>();
    private Duration cpu = Duration.ZERO;
    private long entriesOfOneRound;

    private Side(LabPod pod) {
      this.pod = pod;
      this.server = EchoServer.in(pod.netns(), Lab.FOLDER);
    }

    private double cpuMicros() {
      return cpu.toNanos() / 1e3 / millis.size();
    }
  }

  @Override
  public String name() {
    return "CONNTRACK";
  }

  @Override
  public String title() {
    return "what being captured costs a server Pod's inbound connections";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    Map<String, Side> sides = new LinkedHashMap<>();
    sides.put("direct", new Side(lab.runPod(Arena.QUIET, "conntrack-direct")));
    sides.put("captured", new Side(lab.runPod(Arena.STAMPED, "conntrack-captured")));
    for (int round = 0; round <= ROUNDS; round++) {
      boolean warmUp = round == 0;
      sides.values().forEach(side -> measure(side, warmUp));
    }

    Map<String, List<Double>> millis = new LinkedHashMap<>();
    sides.forEach((name, side) -> millis.put(name, side.millis));
    BenchTable.print("an inbound connection with one GET", millis);
    sides.forEach(
        (name, side) -> {
          System.out.printf(
              "%-40s %8.1f µs CPU of client and server a connection, %d entries after %s%n",
              name, side.cpuMicros(), side.entriesOfOneRound, CONNECTIONS);
          samples.accept(BenchTable.sample(name(), name, 1, side.millis));
          side.server.close();
        });
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  private static void measure(Side side, boolean warmUp) {
    Duration serverBefore = side.server.cpu();
    List<String> lines =
        Run.of(
                JavaProgram.command(
                    InboundLatency.class,
                    side.pod.ip(),
                    String.valueOf(EchoServer.PORT),
                    CONNECTIONS))
            .orThrow()
            .out()
            .lines()
            .toList();
    if (warmUp) {
      side.entriesOfOneRound = entries(side.pod);
      return;
    }
    lines.stream()
        .filter(line -> !line.startsWith("cpu "))
        .forEach(line -> side.millis.add(Long.parseLong(line) / NANOS_PER_MILLI));
    side.cpu =
        side.cpu
            .plus(side.server.cpu().minus(serverBefore))
            .plusNanos(Long.parseLong(lines.getLast().substring("cpu ".length())));
  }

  /// How many connections the kernel tracks in the Pod's netns.
  private static long entries(LabPod pod) {
    return Long.parseLong(
        pod.run("cat", "/proc/sys/net/netfilter/nf_conntrack_count").orThrow().out().strip());
  }
}
