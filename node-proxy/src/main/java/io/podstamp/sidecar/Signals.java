package io.podstamp.sidecar;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;

/// The signals that are ours to handle. `bin/podstamp` starts the sidecar's JVM with all of them
/// blocked, in every thread, so that they wait here instead of ending the process.
///
/// `sun.misc.Signal` would not do: the JVM keeps `QUIT` and `USR2` for itself.
public final class Signals {
  private static final int EINTR = 4;

  /// `bits/signum-arch.h`, the same on x86-64 and arm64.
  public enum Signal {
    HUP(1),
    INT(2),
    QUIT(3),
    USR1(10),
    USR2(12),
    TERM(15);

    private final int number;

    Signal(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /// Whether a process without an application of its own ends by it.
    public boolean isEnd() {
      return switch (this) {
        case HUP, INT, QUIT, TERM -> true;
        case USR1, USR2 -> false;
      };
    }
  }

  private Signals() {}

  /// Waits for the next one; blocks a platform thread.
  public static Signal await() throws ErrnoException {
    long set = 0;
    for (Signal signal : Signal.values()) {
      set |= 1L << (signal.number() - 1);
    }
    while (true) {
      try {
        int number = Libc.sigwaitinfo(set);
        for (Signal signal : Signal.values()) {
          if (signal.number() == number) {
            return signal;
          }
        }
      } catch (ErrnoException e) {
        if (e.errno() != EINTR) {
          throw e;
        }
      }
    }
  }
}
