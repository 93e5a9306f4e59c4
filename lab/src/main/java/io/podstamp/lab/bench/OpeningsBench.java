package io.podstamp.lab.bench;

import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Node;
import io.podstamp.lab.OutsideServers;
import io.podstamp.lab.Run;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// OPENINGS: how soon a server that says nothing hears a client that pauses, direct and captured in
/// both profiles, over some 300 first messages and parts of them.
final class OpeningsBench implements Workload {
  /// What clients say first, from the tests of the product.
  private static final Path OPENINGS =
      Path.of("node-proxy/src/test/resources/io/podstamp/accept/openings.txt").toAbsolutePath();

  private static final int ROUNDS = 5;
  private static final int PORT = 9_100;
  private static final int TOLD_PORT = 9_101;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final String PORTS = "podstamp.io/ports";

  @Override
  public String name() {
    return "OPENINGS";
  }

  @Override
  public String title() {
    return "how soon a silent server hears 300 openings";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    Map<String, String> ports = Map.of(PORTS, String.valueOf(PORT));
    Map<String, String> strict =
        Map.of(PORTS, String.valueOf(PORT), "podstamp.io/profile", "strict");
    Map<String, LabPod> pods = new LinkedHashMap<>();
    pods.put("direct", lab.runPod(Arena.QUIET, "opens-direct", ports, List.of()));
    pods.put("transparent", lab.runPod(Arena.STAMPED, "opens-captured", ports, List.of()));
    pods.put("strict", lab.runPod(Arena.STAMPED, "opens-strict", strict, List.of()));

    Map<String, List<Double>> millis = new LinkedHashMap<>();
    try (OutsideServers servers = new OutsideServers(lab.node(), Lab.FOLDER)) {
      List<String> server =
          JavaProgram.command(OpeningServer.class, String.valueOf(PORT), String.valueOf(TOLD_PORT));
      servers.start(PORT, server.toArray(String[]::new));
      for (int round = 0; round < ROUNDS; round++) {
        pods.forEach(
            (name, pod) ->
                millis.computeIfAbsent(name, _ -> new ArrayList<>()).addAll(measure(pod, name)));
      }
    }
    BenchTable.print("OPENINGS, sent to heard", millis);
    millis.forEach((name, times) -> samples.accept(BenchTable.sample("OPENINGS", name, 1, times)));
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  /// @throws IllegalStateException when an opening hung, or ended where it may not
  private static List<Double> measure(LabPod pod, String name) {
    List<String> program =
        JavaProgram.command(
            OpeningClient.class,
            Node.OUTSIDE_ADDRESS,
            String.valueOf(PORT),
            String.valueOf(TOLD_PORT),
            OPENINGS.toString());
    List<String> told = Run.of(pod.netns().inside(program)).orThrow().out().lines().toList();
    List<Double> heard =
        told.stream()
            .filter(line -> !line.equals("ended"))
            .map(line -> Long.parseLong(line) / NANOS_PER_MILLI)
            .toList();
    int ended = told.size() - heard.size();
    System.out.printf("  %-12s %d heard, %d ended by podstamp%n", name, heard.size(), ended);
    if (ended > 0 && !name.equals("strict")) {
      throw new IllegalStateException(name + ": " + ended + " ended (expected: none)");
    }
    return heard;
  }
}
