package io.podstamp.lab.bench;

import java.util.List;
import java.util.Map;

/// How the workloads that measure nothing but times tell them at once, with all rounds together.
final class BenchTable {
  private BenchTable() {}

  /// Prints a line for each contestant.
  ///
  /// @param millis the times of each, the one to compare with first
  static void print(String title, Map<String, List<Double>> millis) {
    List<Double> base = millis.values().iterator().next().stream().sorted().toList();
    System.out.printf(
        "%n%-40s %8s %8s %8s   %s%n",
        title, "p50 ms", "p99 ms", "runs", "p50 and p99 as a multiple of the first line");
    millis.forEach(
        (name, times) -> {
          List<Double> sorted = times.stream().sorted().toList();
          System.out.printf(
              "%-40s %8.2f %8.2f %8d   %.2f %.2f%n",
              name,
              Spread.quantile(sorted, 0.5),
              Spread.quantile(sorted, 0.99),
              sorted.size(),
              Spread.quantile(sorted, 0.5) / Spread.quantile(base, 0.5),
              Spread.quantile(sorted, 0.99) / Spread.quantile(base, 0.99));
        });
  }

  /// One round of times as a sample.
  static Sample sample(String workload, String contestant, int round, List<Double> millis) {
    List<Double> sorted = millis.stream().sorted().toList();
    return new Sample(
        workload,
        contestant,
        round,
        Map.of(
            Figure.P50_MILLIS, Spread.quantile(sorted, 0.5),
            Figure.P99_MILLIS, Spread.quantile(sorted, 0.99)));
  }
}
