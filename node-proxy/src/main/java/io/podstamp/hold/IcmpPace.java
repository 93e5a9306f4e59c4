package io.podstamp.hold;

import java.util.concurrent.atomic.AtomicLong;

/// When the next "unreachable" may be told. The kernel makes 1000 messages of ICMP a second at most
/// (`net.ipv4.icmp_msgs_per_sec`), 50 of them at once (`icmp_msgs_burst`), and forgets the others
/// together with their SYNs; so they are told somewhat slower, and none is forgotten.
final class IcmpPace {
  /// The kernel's limit is the machine's.
  static final IcmpPace OF_THE_PROCESS = new IcmpPace(800, 40);

  private final long intervalNanos;
  private final long burstNanos;
  private final AtomicLong freeAt = new AtomicLong(Long.MIN_VALUE / 2);

  IcmpPace(int perSecond, int burst) {
    this.intervalNanos = 1_000_000_000L / perSecond;
    this.burstNanos = intervalNanos * burst;
  }

  /// Takes the next turn.
  ///
  /// @return in how many nanoseconds it is
  long next(long nowNanos) {
    long turn = freeAt.updateAndGet(free -> Math.max(free, nowNanos - burstNanos) + intervalNanos);
    return Math.max(0, turn - nowNanos);
  }
}
