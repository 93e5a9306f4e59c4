package io.podstamp.lease;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Whether every event loop still turns: each is asked to note the time, and must have done so
/// lately. A loop that hangs would let connections be accepted and never served.
final class LoopPulse {
  private final EventLoopGroup loops;
  private final Consumer<Duration> lags;
  private final Map<EventExecutor, Long> lastBeatNanos = new ConcurrentHashMap<>();

  /// @param lags told how long each loop took for each beat
  LoopPulse(EventLoopGroup loops, Consumer<Duration> lags) {
    this.loops = loops;
    this.lags = lags;
    long now = System.nanoTime();
    loops.forEach(loop -> lastBeatNanos.put(loop, now));
  }

  /// Asks every loop for a beat.
  void ask() {
    long asked = System.nanoTime();
    loops.forEach(
        loop ->
            loop.execute(
                () -> {
                  long now = System.nanoTime();
                  lastBeatNanos.put(loop, now);
                  lags.accept(Duration.ofNanos(now - asked));
                }));
  }

  /// The longest time since a loop's last beat.
  Duration slowest() {
    long now = System.nanoTime();
    return Duration.ofNanos(
        lastBeatNanos.values().stream().mapToLong(beat -> now - beat).max().orElse(0));
  }
}
