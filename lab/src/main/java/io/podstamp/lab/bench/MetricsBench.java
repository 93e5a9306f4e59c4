package io.podstamp.lab.bench;

import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Run;
import io.podstamp.lab.bench.CountingSwitch.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// METRICS: what counting, and the connection log, cost the proxy. One agent does nothing, counts,
/// and counts and logs in turn, each for a tenth of a second ([Switchable]); what is compared is
/// the CPU time of its event loops and of the log's thread. The result is the median of the cycles'
/// ratios: a hundredth is what it is about.
final class MetricsBench implements Workload {
  private static final int WARM_UP_SECONDS = 10;
  private static final double SLACK = 0.05;
  private static final double GOAL = 1.02;
  private static final String STAMPED = "podstamp_requests_stamped_total";

  private static final Wrk REQUESTS = Wrk.gets(64);

  private static String title(Level level) {
    return switch (level) {
      case NOTHING -> "nothing counted";
      case COUNTED -> "counted, as it is";
      case LOGGED -> "counted, connectionLog: on";
    };
  }

  @Override
  public String name() {
    return "METRICS";
  }

  @Override
  public String title() {
    return "what counting and the connection log cost the proxy";
  }

  @Override
  public Set<Contestant> contestants() {
    return Set.of();
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    List<String> log = List.of("--connection-log=" + Lab.FOLDER.resolve("connections.log"));
    try (ExtraAgent agent =
        ExtraAgent.start(
            arena,
            Switchable.of(arena.podstamp(), Lab.FOLDER.resolve("switchable")),
            0,
            "connectionLog: on",
            log)) {
      LabPod pod = agent.runPod("counted");
      String url = ExtraAgent.urlOf(pod);
      load(pod, url, WARM_UP_SECONDS);
      int round = 0;
      for (int i = 0; i < effort.rounds(); i++) {
        for (List<CountingSlice> cycle : cycles(agent, pod, url, effort.seconds())) {
          round++;
          for (CountingSlice slice : cycle) {
            samples.accept(sample(slice, round));
          }
        }
      }
    }
  }

  private static void load(LabPod pod, String url, int seconds) {
    Wrk.Told.parse(Run.of(REQUESTS.command(pod.netns(), url, seconds)).orThrow().out()).orThrow();
  }

  /// Those of one run of wrk.
  private static List<List<CountingSlice>> cycles(
      ExtraAgent agent, LabPod pod, String url, int seconds) {
    int before = CountingSlice.all().size();
    double countedBefore = agent.agent().metric(STAMPED);
    load(pod, url, seconds);
    double counted = agent.agent().metric(STAMPED) - countedBefore;
    List<CountingSlice> slices = CountingSlice.all();
    slices = slices.subList(before, slices.size());
    expect(slices, counted);
    return CountingSlice.cycles(slices);
  }

  /// The switch did what it should.
  private static void expect(List<CountingSlice> slices, double counted) {
    long expected =
        slices.stream()
            .filter(slice -> slice.level() != Level.NOTHING)
            .mapToLong(CountingSlice::requests)
            .sum();
    if (Math.abs(counted - expected) > SLACK * expected) {
      throw new IllegalStateException(
          "%s: %.0f (expected: about %d)".formatted(STAMPED, counted, expected));
    }
  }

  private Sample sample(CountingSlice slice, int round) {
    return new Sample(
        name(),
        title(slice.level()),
        round,
        Map.of(Figure.CPU_MICROS_PER_REQUEST, slice.microsPerRequest()));
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    tell(results, Level.LOGGED);
    return List.of(
        Verdict.atMost(
            "METRICS: CPU with counting, divided by that without",
            tell(results, Level.COUNTED).median(),
            GOAL));
  }

  private Spread tell(Results results, Level level) {
    List<Double> base = micros(results, Level.NOTHING);
    List<Double> theirs = micros(results, level);
    List<Double> ratios = new ArrayList<>();
    for (int cycle = 0; cycle < base.size(); cycle++) {
      ratios.add(theirs.get(cycle) / base.get(cycle));
    }
    List<Double> sorted = ratios.stream().sorted().toList();
    System.out.printf(
        "%s: %.4f of the CPU with nothing counted, median of %d cycles; quartiles %.3f and %.3f%n",
        title(level),
        Spread.quantile(sorted, 0.5),
        sorted.size(),
        Spread.quantile(sorted, 0.25),
        Spread.quantile(sorted, 0.75));
    return Spread.of(ratios);
  }

  /// In the order of cycles.
  private List<Double> micros(Results results, Level level) {
    return results.samples(name(), title(level)).stream()
        .map(sample -> sample.figures().getOrDefault(Figure.CPU_MICROS_PER_REQUEST, Double.NaN))
        .toList();
  }
}
