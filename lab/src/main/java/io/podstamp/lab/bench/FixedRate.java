package io.podstamp.lab.bench;

import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Run;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/// W2: how late answers are at a rate that everybody can serve, above the direct path.
final class FixedRate implements Workload {
  private static final int CONNECTIONS = 32;

  /// A third of what nginx as in 2019 can serve on two cores.
  private static final int RATE = 4000;

  private static final int WARM_UP_SECONDS = 2;
  private static final int COMPILING_SECONDS = 4;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double MOST_OF_PEERS = 0.8;

  @Override
  public String name() {
    return "W2";
  }

  @Override
  public String title() {
    return "%d requests a second by the clock, over %d kept connections"
        .formatted(RATE, CONNECTIONS);
  }

  @Override
  public Set<Contestant> contestants() {
    return Contestant.ALL;
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    arena.entries(contestants()).stream()
        .filter(entry -> entry.contestant().isCompiledWhileRunning())
        .forEach(FixedRate::warmUp);
    // One second more than elsewhere: the client is a JVM that was just started.
    int seconds = effort.seconds() + 1;
    Turns.takeCold(
        arena.entries(contestants()),
        effort.rounds(),
        (entry, round) -> turn(entry, seconds, round),
        samples);
  }

  private static void warmUp(Entry entry) {
    Wrk wrk = Wrk.gets(CONNECTIONS);
    String url = entry.url("small");
    Run.of(wrk.command(entry.pod().netns(), url, COMPILING_SECONDS)).orThrow();
  }

  private Sample turn(Entry entry, int seconds, int round) {
    List<String> client =
        JavaProgram.command(
            FixedRateClient.class,
            List.of("-XX:TieredStopAtLevel=1"),
            List.of(Histogram.class),
            entry.url("small"),
            String.valueOf(CONNECTIONS),
            String.valueOf(RATE),
            String.valueOf(WARM_UP_SECONDS),
            String.valueOf(seconds));
    Meter meter = new Meter(entry.proxy().get());
    String out = Run.of(entry.pod().netns().inside(client)).orThrow().out();
    double proxyMicros = meter.proxyNanos() / NANOS_PER_MICRO;
    double[] told =
        Arrays.stream(out.strip().split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
    double expected = (double) RATE * seconds;
    if (Math.abs(told[0] - expected) > CONNECTIONS) {
      throw new IllegalStateException(
          "%.0f requests answered (expected: %.0f)".formatted(told[0], expected));
    }
    return new Sample(
        name(),
        entry.contestant().title(),
        round,
        Map.of(
            Figure.P50_MICROS, told[1] / NANOS_PER_MICRO,
            Figure.P99_MICROS, told[2] / NANOS_PER_MICRO,
            Figure.P999_MICROS, told[3] / NANOS_PER_MICRO,
            Figure.CPU_MICROS_PER_REQUEST,
                proxyMicros / ((double) RATE * (seconds + WARM_UP_SECONDS)),
            Figure.RSS_MEBIBYTES, meter.proxy().rssMebibytes()));
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return Stream.of(Figure.P50_MICROS, Figure.P99_MICROS)
        .flatMap(figure -> added(results, figure).stream())
        .toList();
  }

  /// What we add to the direct path, divided by the least that a peer adds.
  private List<Verdict> added(Results results, Figure figure) {
    OptionalDouble direct = one(results, Contestant.NONE, figure);
    OptionalDouble ours = one(results, Contestant.PODSTAMP, figure);
    OptionalDouble theirs = results.least(name(), Contestant.titles(Contestant.PEERS), figure);
    if (direct.isEmpty() || ours.isEmpty() || theirs.isEmpty()) {
      return List.of();
    }
    double ratio = ratio(ours.getAsDouble(), theirs.getAsDouble(), direct.getAsDouble());
    String what =
        "W2: %s that podstamp adds to the direct path, divided by what is added by %s"
            .formatted(figure.title(), Comparison.named(Contestant.PEERS));
    return List.of(Verdict.atMost(what, ratio, MOST_OF_PEERS));
  }

  /// A peer that seems to add nothing was measured in noise: whoever adds something to that has
  /// missed the goal by far.
  static double ratio(double ours, double theirs, double direct) {
    double least = 1; // a microsecond: less cannot be told apart
    return Math.max(0, ours - direct) / Math.max(least, theirs - direct);
  }

  private OptionalDouble one(Results results, Contestant contestant, Figure figure) {
    return results.least(name(), List.of(contestant.title()), figure);
  }
}
