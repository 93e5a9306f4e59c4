package io.podstamp.lab.bench;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// What one contestant did in one round of a workload, proven to be right: a sample with an error
/// in it is never made.
///
/// @param workload its name, such as `W1` or `W5 x8`
/// @param contestant the title of a [Contestant], or of whatever else takes part
/// @param round from 1
record Sample(String workload, String contestant, int round, Map<Figure, Double> figures) {
  Sample {
    if (figures.isEmpty() || figures.values().stream().anyMatch(value -> !Double.isFinite(value))) {
      throw new IllegalArgumentException(
          workload + ", " + contestant + ": " + figures + " (expected: numbers)");
    }
    figures = Collections.unmodifiableMap(new EnumMap<>(figures));
  }
}
