package io.podstamp.capture;

import java.io.IOException;
import java.util.random.RandomGenerator;

/// Failures of everything around an owner, at each step before it has an effect or after it; and
/// the places where another thread may go on.
final class ModelFaults {
  private static final int ONE_IN = 12;

  private final RandomGenerator random;
  private final Baton baton;
  private boolean injecting;
  private int count;

  ModelFaults(RandomGenerator random, Baton baton) {
    this.random = random;
    this.baton = baton;
  }

  /// From now on, or no more.
  void inject(boolean on) {
    injecting = on;
  }

  /// How many there were.
  int count() {
    return count;
  }

  /// A step that may fail.
  void step(String what) throws IOException {
    baton.step();
    if (isDue()) {
      if (random.nextInt(4) == 0) {
        throw new IllegalStateException("injected: " + what);
      }
      throw new IOException("injected: " + what);
    }
  }

  /// A step of what may only fail unexpectedly.
  void stepUnchecked(String what) {
    baton.step();
    if (isDue() && random.nextInt(4) == 0) {
      throw new IllegalStateException("injected: " + what);
    }
  }

  /// Whether something goes wrong that is no exception.
  boolean isDue() {
    boolean due = injecting && random.nextInt(ONE_IN) == 0;
    if (due) {
      count++;
    }
    return due;
  }
}
