package io.podstamp.lab;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waiting for what another process does: by looking again and again, there is nobody to tell us.
public final class Wait {
  private static final Duration PAUSE = Duration.ofMillis(50);

  private Wait() {}

  /// Waits for a condition.
  ///
  /// @return whether it came true in time
  public static boolean until(Duration limit, BooleanSupplier condition) {
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadlineNanos > 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    return true;
  }
}
