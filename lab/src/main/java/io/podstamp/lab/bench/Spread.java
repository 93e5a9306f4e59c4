package io.podstamp.lab.bench;

import java.util.Collection;
import java.util.List;

/// Several values of one figure, in short.
record Spread(double median, double least, double most) {

  /// @throws IllegalArgumentException if there are none
  static Spread of(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("values: none (expected: at least one)");
    }
    List<Double> sorted = values.stream().sorted().toList();
    return new Spread(quantile(sorted, 0.5), sorted.getFirst(), sorted.getLast());
  }

  /// The value below which a part of the others lies, between its two neighbours if it falls there.
  ///
  /// @param sorted the least first
  static double quantile(List<Double> sorted, double q) {
    double at = q * (sorted.size() - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.size() - 1);
    return sorted.get(below) + (at - below) * (sorted.get(above) - sorted.get(below));
  }
}
