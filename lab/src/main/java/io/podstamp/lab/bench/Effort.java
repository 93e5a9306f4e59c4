package io.podstamp.lab.bench;

/// How much is done.
///
/// @param rounds turns that everybody has
/// @param seconds that each turn lasts, where a turn has a duration
/// @param downloadMebibytes the length of a long body
/// @param idleConnections in W7
/// @param pods in W8
/// @param pluginRuns of each contestant of W9, one at a time
record Effort(
    String mode,
    int rounds,
    int seconds,
    int downloadMebibytes,
    int idleConnections,
    int pods,
    int pluginRuns) {
  static final Effort FULL = new Effort("full", 5, 4, 1024, 9000, 250, 40);

  /// Below eight minutes on two cores. Long bodies, idle connections and Pods are fewer.
  static final Effort QUICK = new Effort("quick", 2, 1, 128, 1000, 40, 6);

  Effort withRounds(int other) {
    return new Effort(mode, other, seconds, downloadMebibytes, idleConnections, pods, pluginRuns);
  }

  Effort withSeconds(int other) {
    return new Effort(mode, rounds, other, downloadMebibytes, idleConnections, pods, pluginRuns);
  }

  /// What is smaller than the workloads say.
  String reductions() {
    return "bodies of %d MiB, %d idle connections, %d Pods"
        .formatted(downloadMebibytes, idleConnections, pods);
  }
}
