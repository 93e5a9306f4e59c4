package io.podstamp.lab.bench;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/// One of us beside some of the others, in one workload: their medians.
///
/// @param workload as its samples call it
record Comparison(Results results, String workload) {

  /// Ours divided by their greatest.
  ///
  /// @return empty if one of both took no part
  Optional<Verdict> atLeast(Contestant ours, Figure figure, Set<Contestant> theirs, double goal) {
    OptionalDouble best = results.greatest(workload, Contestant.titles(theirs), figure);
    return ratio(ours, figure, best)
        .map(ratio -> Verdict.atLeast(name(ours, figure, theirs), ratio, goal));
  }

  /// Ours divided by their least.
  ///
  /// @return empty if one of both took no part
  Optional<Verdict> atMost(Contestant ours, Figure figure, Set<Contestant> theirs, double goal) {
    OptionalDouble best = results.least(workload, Contestant.titles(theirs), figure);
    return ratio(ours, figure, best)
        .map(ratio -> Verdict.atMost(name(ours, figure, theirs), ratio, goal));
  }

  private Optional<Double> ratio(Contestant ours, Figure figure, OptionalDouble best) {
    return best.isEmpty()
        ? Optional.empty()
        : results
            .spread(workload, ours.title(), figure)
            .map(spread -> spread.median() / best.getAsDouble());
  }

  private String name(Contestant ours, Figure figure, Set<Contestant> theirs) {
    return "%s: %s of %s, divided by that of %s"
        .formatted(workload, figure.title(), ours.title(), named(theirs));
  }

  /// `nginx tuned`, or `the best of nginx tuned, HAProxy, Envoy`.
  static String named(Set<Contestant> theirs) {
    List<String> titles = Contestant.titles(EnumSet.copyOf(theirs));
    return titles.size() == 1
        ? titles.getFirst()
        : titles.stream().collect(Collectors.joining("; ", "the best of ", ""));
  }
}
