package io.podstamp.lab.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What the command line asks for.
///
/// @param contestants those who may take part, if not everybody
record BenchOptions(
    List<Workload> workloads, Effort effort, Optional<Set<Contestant>> contestants) {
  static final String EXPECTED =
      "expected: --quick or --full, --only W1[,W3…], --rounds N, --seconds S, --contestants PODSTAMP[,HAPROXY…]";

  /// @throws IllegalArgumentException with one sentence
  static BenchOptions parse(List<String> arguments) {
    Effort effort = Effort.FULL;
    Optional<String> rounds = Optional.empty();
    Optional<String> seconds = Optional.empty();
    List<Workload> workloads = Workloads.ALL;
    Optional<Set<Contestant>> contestants = Optional.empty();
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      switch (option) {
        case "--quick" -> effort = Effort.QUICK;
        case "--full" -> effort = Effort.FULL;
        case "--only" -> workloads = named(value(arguments, ++i));
        case "--rounds" -> rounds = Optional.of(value(arguments, ++i));
        case "--seconds" -> seconds = Optional.of(value(arguments, ++i));
        case "--contestants" -> contestants = Optional.of(contestants(value(arguments, ++i)));
        default ->
            throw new IllegalArgumentException(option + ": unknown option (" + EXPECTED + ")");
      }
    }
    if (rounds.isPresent()) {
      effort = effort.withRounds(number("--rounds", rounds.get()));
    }
    if (seconds.isPresent()) {
      effort = effort.withSeconds(number("--seconds", seconds.get()));
    }
    return new BenchOptions(workloads, effort, contestants);
  }

  private static String value(List<String> arguments, int at) {
    if (at >= arguments.size()) {
      throw new IllegalArgumentException(
          arguments.getLast() + ": nothing behind it (" + EXPECTED + ")");
    }
    return arguments.get(at);
  }

  private static int number(String option, String value) {
    if (!value.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(option + ": " + value + " (expected: 1 to 9999)");
    }
    return Integer.parseInt(value);
  }

  private static List<Workload> named(String names) {
    List<Workload> found = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      found.add(
          Workloads.known().stream()
              .filter(workload -> workload.name().equalsIgnoreCase(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "--only: %s (expected: some of %s)"
                              .formatted(
                                  name,
                                  Workloads.known().stream()
                                      .map(Workload::name)
                                      .collect(Collectors.joining(","))))));
    }
    return found;
  }

  private static Set<Contestant> contestants(String names) {
    Set<Contestant> found = EnumSet.noneOf(Contestant.class);
    for (String name : names.split(",", -1)) {
      try {
        found.add(Contestant.valueOf(name.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "--contestants: %s (expected: some of %s)"
                .formatted(name, Arrays.toString(Contestant.values())),
            e);
      }
    }
    return found;
  }
}
