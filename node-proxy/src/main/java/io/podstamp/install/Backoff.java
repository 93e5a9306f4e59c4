package io.podstamp.install;

import java.time.Duration;

/// How soon the chain is looked at again after it had to be mended: at once when that is rare, ever
/// later when somebody takes podstamp out each time. Two agents that rewrite one file in turn would
/// have the runtime load its network without end, and one of them is to give in.
final class Backoff {
  /// An agent that is upgraded rewrites the file a few times.
  static final int MENDS_WITHOUT_FIGHT = 5;

  /// The chain has held this long: what comes now is something new.
  static final Duration PEACE = Duration.ofMinutes(10);

  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final Duration shortest;
  private int mends;
  private long mendedAtNanos;

  Backoff(Duration shortest) {
    this.shortest = shortest;
  }

  /// The chain was mended.
  void onMend(long nowNanos) {
    if (hasPeace(nowNanos)) {
      mends = 0;
    }
    mends++;
    mendedAtNanos = nowNanos;
  }

  /// Whether nobody has taken podstamp out for long.
  boolean hasPeace(long nowNanos) {
    return nowNanos - mendedAtNanos > PEACE.toNanos();
  }

  /// Whether this is a fight.
  boolean isExhausted() {
    return mends > MENDS_WITHOUT_FIGHT;
  }

  /// Until the next look.
  Duration pause() {
    if (!isExhausted()) {
      return shortest;
    }
    Duration pause = shortest.multipliedBy(1L << Math.min(mends - MENDS_WITHOUT_FIGHT, 30));
    return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
  }
}
