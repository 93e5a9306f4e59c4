package io.podstamp.lab.bench;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// `scripts/bench.sh`: runs workloads and writes what they measured. What could not be measured
/// ends the program with its reason; a goal that was missed does not.
public final class Bench {
  private Bench() {}

  /// Runs it.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes, the folder for the results, and
  ///   then the options that [BenchOptions] tells
  public static void main(String[] arguments) {
    Path podstamp = Path.of(arguments[0]);
    Path target = Path.of(arguments[1]);
    BenchOptions options;
    try {
      options = BenchOptions.parse(List.of(arguments).subList(2, arguments.length));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Report report = run(podstamp, options, target);
    System.out.println(report.markdown());
    System.out.println(target.resolve("results.json") + " and results.md tell all of it.");
    report.failures().forEach((workload, why) -> System.err.println(workload + ": " + why));
    System.exit(report.failures().isEmpty() ? 0 : 1);
  }

  /// Runs the workloads one after the other in one arena, and writes what there is after each: one
  /// that fails does not take the others' results along.
  static Report run(Path podstamp, BenchOptions options, Path target) {
    Set<Contestant> contestants = EnumSet.noneOf(Contestant.class);
    options.workloads().forEach(workload -> contestants.addAll(workload.contestants()));
    options.contestants().ifPresent(contestants::retainAll);
    Report report = Report.begin(Machine.here(), options);
    try (Arena arena = new Arena(podstamp, contestants, options.effort())) {
      for (Workload workload : options.workloads()) {
        report = run(workload, arena, options.effort(), report);
        report.write(target);
      }
    }
    return report;
  }

  private static Report run(Workload workload, Arena arena, Effort effort, Report report) {
    long beganNanos = System.nanoTime();
    System.out.printf("%s: %s%n", workload.name(), workload.title());
    List<Sample> samples = new ArrayList<>();
    try {
      workload.run(arena, effort, samples::add);
      return report.plus(samples, workload.verdicts(new Results(samples)));
    } catch (IllegalStateException | UncheckedIOException e) {
      e.printStackTrace();
      return report.without(workload, String.valueOf(e.getMessage()));
    } finally {
      System.out.printf("  took %.0f s%n", (System.nanoTime() - beganNanos) / 1e9);
    }
  }
}
