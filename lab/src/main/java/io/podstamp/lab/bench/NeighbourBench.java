package io.podstamp.lab.bench;

import io.podstamp.lab.Daemon;
import io.podstamp.lab.EchoServer;
import io.podstamp.lab.Flood;
import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Node;
import io.podstamp.lab.Run;
import io.podstamp.lab.Wait;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// NEIGHBOUR: what a captured Pod feels of another one that ill-treats the proxy: short connections
/// with one GET each, quiet and beside each kind of flood. The goal is a p99 of at most twice the
/// quiet one; client, servers, proxy and flood share the machine's cores.
final class NeighbourBench implements Workload {
  private static final String CONNECTIONS = "3000";
  private static final String QUIET = "quiet";
  private static final Map<String, String> PORTS =
      Map.of("podstamp.io/ports", String.valueOf(EchoServer.PORT));
  private static final double NANOS_PER_MILLI = 1e6;

  @Override
  public String name() {
    return "NEIGHBOUR";
  }

  @Override
  public String title() {
    return "what a captured Pod feels of another one that floods the proxy";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    LabPod villain = lab.runPod(Arena.STAMPED, "villain", PORTS, List.of());
    LabPod neighbour = lab.runPod(Arena.STAMPED, "neighbour", PORTS, List.of());
    measure(neighbour); // warms up
    Map<String, List<Double>> millis = new LinkedHashMap<>();
    millis.put(QUIET, measure(neighbour));
    long heap = lab.agent().facts().liveHeapBytes();
    for (Flood.Kind kind : Flood.Kind.values()) {
      try (Daemon flood = flood(villain, kind)) {
        flood.await(() -> flood.logText().contains("ready"));
        if (kind == Flood.Kind.IDLE) {
          System.out.printf(
              "an idle connection takes %d bytes of heap%n",
              (lab.agent().facts().liveHeapBytes() - heap) / connections(kind));
        }
        millis.put(kind.name(), measure(neighbour));
      }
      System.out.printf("recovered %d ms after %s%n", recovery(lab), kind);
    }
    BenchTable.print("a neighbour's connection with one GET", millis);
    millis.forEach((kind, times) -> samples.accept(BenchTable.sample(name(), kind, 1, times)));
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  private static int connections(Flood.Kind kind) {
    return switch (kind) {
      case IDLE -> 2_000;
      case SLOW_HEAD -> 500;
      case HUGE_HEAD -> 50;
      case EMPTY_LINES, DEAF -> 10;
    };
  }

  private static Daemon flood(LabPod villain, Flood.Kind kind) {
    List<String> command =
        JavaProgram.command(
            Flood.class,
            kind.name(),
            Node.OUTSIDE_ADDRESS,
            String.valueOf(EchoServer.PORT),
            String.valueOf(connections(kind)));
    return Daemon.start(
        "flood", villain.netns().inside(command), Lab.FOLDER.resolve("flood-" + kind + ".log"));
  }

  private static List<Double> measure(LabPod pod) {
    List<String> command =
        JavaProgram.command(
            InboundLatency.class,
            Node.OUTSIDE_ADDRESS,
            String.valueOf(EchoServer.PORT),
            CONNECTIONS);
    return Run.of(pod.netns().inside(command))
        .orThrow()
        .out()
        .lines()
        .filter(line -> !line.startsWith("cpu "))
        .map(line -> Long.parseLong(line) / NANOS_PER_MILLI)
        .toList();
  }

  /// Until none of the flood's connections is left, in milliseconds.
  private static long recovery(Lab lab) {
    long beganNanos = System.nanoTime();
    Wait.until(Duration.ofSeconds(30), () -> lab.agent().metric("podstamp_connections_open") == 0);
    return (System.nanoTime() - beganNanos) / 1_000_000;
  }
}
