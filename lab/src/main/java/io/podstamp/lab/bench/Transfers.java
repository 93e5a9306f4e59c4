package io.podstamp.lab.bench;

import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Node;
import io.podstamp.lab.Run;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// W5 and W6: a long body on one connection, and on eight at once. nginx as in 2019 takes no part:
/// it refuses uploads beyond 1 MiB.
///
/// @param isUpload whether the body is the request's
record Transfers(String name, boolean isUpload) implements Workload {
  private static final List<Integer> WIDTHS = List.of(1, 8);
  private static final double BITS_PER_GIGABIT_BYTE = 8;
  private static final double BYTES_PER_GIBIBYTE = 1 << 30;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double SPEED_GOAL = 1.5;
  private static final double CPU_GOAL = 0.6;

  @Override
  public String title() {
    return isUpload ? "one upload, and eight at once" : "one download, and eight at once";
  }

  @Override
  public Set<Contestant> contestants() {
    return EnumSet.of(
        Contestant.NONE,
        Contestant.PODSTAMP,
        Contestant.NGINX_TUNED,
        Contestant.HAPROXY,
        Contestant.ENVOY);
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    for (int width : WIDTHS) {
      Turns.take(
          arena.entries(contestants()),
          effort.rounds(),
          // The turn that warms up need not be as long.
          (entry, round) -> turn(entry, round == 0 ? 1 : width, width, effort, round),
          samples);
    }
  }

  private Sample turn(Entry entry, int connections, int width, Effort effort, int round) {
    long each = (long) effort.downloadMebibytes() << 20;
    List<String> arguments = new ArrayList<>();
    arguments.add(isUpload ? uploadUrl(entry) : entry.url("file"));
    arguments.add(String.valueOf(connections));
    if (isUpload) {
      arguments.add(String.valueOf(each));
    }
    List<String> client =
        JavaProgram.command(TransferClient.class, arguments.toArray(String[]::new));
    Meter meter = new Meter(entry.proxy().get());
    String out = Run.of(entry.pod().netns().inside(client)).orThrow().out();
    double proxySeconds = meter.proxyNanos() / NANOS_PER_SECOND;
    String[] told = out.strip().split(" ", -1);
    double bytes = Double.parseDouble(told[0]);
    if (bytes != (double) each * connections) {
      throw new IllegalStateException(
          "%.0f bytes (expected: %d)".formatted(bytes, each * connections));
    }
    return new Sample(
        variant(width),
        entry.contestant().title(),
        round,
        Map.of(
            Figure.GIGABITS_PER_SECOND, bytes * BITS_PER_GIGABIT_BYTE / Double.parseDouble(told[1]),
            Figure.CPU_SECONDS_PER_GIBIBYTE, proxySeconds / (bytes / BYTES_PER_GIBIBYTE),
            Figure.RSS_MEBIBYTES, meter.proxy().rssMebibytes()));
  }

  private static String uploadUrl(Entry entry) {
    return "http://%s:%d/%s/upload"
        .formatted(Node.OUTSIDE_ADDRESS, BenchServer.UPLOAD_PORT, entry.stamp());
  }

  private String variant(int width) {
    return name + " x" + width;
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return WIDTHS.stream()
        .map(width -> new Comparison(results, variant(width)))
        .flatMap(
            it ->
                Stream.of(
                    it.atLeast(
                        Contestant.PODSTAMP,
                        Figure.GIGABITS_PER_SECOND,
                        Contestant.PEERS,
                        SPEED_GOAL),
                    it.atMost(
                        Contestant.PODSTAMP,
                        Figure.CPU_SECONDS_PER_GIBIBYTE,
                        Contestant.PEERS,
                        CPU_GOAL)))
        .flatMap(Optional::stream)
        .toList();
  }
}
