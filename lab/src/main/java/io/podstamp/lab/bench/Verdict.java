package io.podstamp.lab.bench;

/// Whether a goal was reached. A goal that was missed is a result like any other.
///
/// @param name the workload and what is compared with what
/// @param ratio what was measured; not always a ratio: the name tells the unit then
/// @param bound on which side of the goal it has to be
record Verdict(String name, double ratio, Bound bound, double goal) {
  /// The side of the goal.
  enum Bound {
    AT_LEAST("at least"),
    AT_MOST("at most");

    private final String words;

    Bound(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  static Verdict atLeast(String name, double ratio, double goal) {
    return new Verdict(name, ratio, Bound.AT_LEAST, goal);
  }

  static Verdict atMost(String name, double ratio, double goal) {
    return new Verdict(name, ratio, Bound.AT_MOST, goal);
  }

  /// Never with a ratio that is no number.
  boolean pass() {
    return switch (bound) {
      case AT_LEAST -> ratio >= goal;
      case AT_MOST -> ratio <= goal;
    };
  }
}
