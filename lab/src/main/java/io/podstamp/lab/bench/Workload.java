package io.podstamp.lab.bench;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// One thing that is measured. [Workloads] lists them all.
interface Workload {
  /// What `--only` calls it, such as `W1`.
  String name();

  /// What it is, in a line.
  String title();

  /// Who has to be in the arena beside podstamp's agent; those that this machine does not have are
  /// left out.
  default Set<Contestant> contestants() {
    return Set.of();
  }

  /// Runs all its rounds, in each of which everybody has a turn, and tells each sample.
  ///
  /// @throws IllegalStateException if something could not be measured, or was wrong
  void run(Arena arena, Effort effort, Consumer<Sample> samples);

  /// One for each of its goals.
  ///
  /// @param results with at least one round of this workload
  List<Verdict> verdicts(Results results);
}
