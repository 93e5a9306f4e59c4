package io.podstamp.lab.bench;

import io.podstamp.lab.Run;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// A workload that wrk makes: as many requests as can be answered. W1, W3, W4 and W10.
///
/// @param what the server is asked for, the last part of the path
/// @param goals what the results have to show
record Requests(
    String name,
    String title,
    Set<Contestant> contestants,
    String what,
    Wrk wrk,
    Function<Comparison, List<Verdict>> goals)
    implements Workload {
  private static final double NANOS_PER_MICRO = 1e3;

  /// The time in which the JIT compiles what a new kind of request needs, on busy cores.
  private static final int WARM_UP_SECONDS = 4;

  /// The requests that ask the server for its count, and those of podstamp's own start.
  private static final int ASKING = 2;

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Turns.take(
        arena.entries(contestants),
        effort.rounds(),
        (entry, round) -> turn(arena, entry, seconds(entry, effort, round), round),
        samples);
  }

  private static int seconds(Entry entry, Effort effort, int round) {
    boolean isLongWarmUp = round == 0 && entry.contestant().isCompiledWhileRunning();
    return isLongWarmUp ? effort.seconds() + WARM_UP_SECONDS : round == 0 ? 1 : effort.seconds();
  }

  private Sample turn(Arena arena, Entry entry, int seconds, int round) {
    long seenBefore = arena.server().requests();
    Meter meter = new Meter(entry.proxy().get());
    Wrk.Told told =
        Wrk.Told.parse(
                Run.of(wrk.command(entry.pod().netns(), entry.url(what), seconds)).orThrow().out())
            .orThrow();
    long proxyNanos = meter.proxyNanos();
    MachineCpu machine = meter.machine();
    expect(told.requests(), arena.server().requests() - seenBefore);
    double perRequest = NANOS_PER_MICRO * told.requests();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.REQUESTS_PER_SECOND, told.requestsPerSecond());
    figures.put(Figure.CPU_MICROS_PER_REQUEST, proxyNanos / perRequest);
    figures.put(Figure.MACHINE_CPU_MICROS_PER_REQUEST, machine.busyNanos() / perRequest);
    figures.put(Figure.SOFTIRQ_SHARE, machine.softirqShare());
    figures.put(Figure.RSS_MEBIBYTES, meter.proxy().rssMebibytes());
    // Of pipelined requests wrk's clock does not know which answer is whose.
    if (wrk.depth() == 1) {
      figures.put(Figure.P50_MICROS, told.p50());
      figures.put(Figure.P99_MICROS, told.p99());
      figures.put(Figure.P999_MICROS, told.p999());
    }
    return new Sample(name, entry.contestant().title(), round, figures);
  }

  /// The server has seen what was answered, and no more than what was under way at the end.
  private void expect(long answered, long seen) {
    long most = answered + (long) wrk.connections() * wrk.depth() * 2 + ASKING;
    if (seen < answered || seen > most) {
      throw new IllegalStateException(
          "%d requests answered, %d seen by the server (expected: %d to %d)"
              .formatted(answered, seen, answered, most));
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return goals.apply(new Comparison(results, name));
  }
}
