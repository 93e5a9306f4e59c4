package io.podstamp.lab.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// All samples of a run.
record Results(List<Sample> samples) {
  Results {
    samples = List.copyOf(samples);
  }

  /// The names of the workloads, in the order in which they ran.
  List<String> workloads() {
    return samples.stream().map(Sample::workload).distinct().toList();
  }

  /// Who took part in a workload.
  List<String> contestants(String workload) {
    return of(workload).stream().map(Sample::contestant).distinct().toList();
  }

  /// The rounds of one of them.
  List<Sample> samples(String workload, String contestant) {
    return of(workload).stream().filter(sample -> sample.contestant().equals(contestant)).toList();
  }

  /// What was measured in a workload.
  List<Figure> figures(String workload) {
    return Arrays.stream(Figure.values())
        .filter(
            figure ->
                of(workload).stream().anyMatch(sample -> sample.figures().containsKey(figure)))
        .toList();
  }

  /// How one did in all rounds; empty if it took no part, or has no such figure.
  Optional<Spread> spread(String workload, String contestant, Figure figure) {
    List<Double> values =
        samples(workload, contestant).stream()
            .map(sample -> Optional.ofNullable(sample.figures().get(figure)))
            .flatMap(Optional::stream)
            .toList();
    return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
  }

  /// The median of a contestant that has to have taken part.
  ///
  /// @throws IllegalStateException if it did not
  double median(String workload, String contestant, Figure figure) {
    return spread(workload, contestant, figure)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "%s: no %s of %s".formatted(workload, figure.key(), contestant)))
        .median();
  }

  /// The greatest of several contestants' medians.
  OptionalDouble greatest(String workload, Collection<String> contestants, Figure figure) {
    return contestants.stream()
        .flatMap(contestant -> spread(workload, contestant, figure).stream())
        .mapToDouble(Spread::median)
        .max();
  }

  /// The least of several contestants' medians.
  OptionalDouble least(String workload, Collection<String> contestants, Figure figure) {
    return contestants.stream()
        .flatMap(contestant -> spread(workload, contestant, figure).stream())
        .map(Spread::median)
        .min(Comparator.naturalOrder())
        .stream()
        .mapToDouble(Double::doubleValue)
        .findFirst();
  }

  private List<Sample> of(String workload) {
    return samples.stream().filter(sample -> sample.workload().equals(workload)).toList();
  }
}
