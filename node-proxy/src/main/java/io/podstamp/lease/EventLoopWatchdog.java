package io.podstamp.lease;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Whether every event loop still turns: each is asked to note the time, and must have done so
/// lately. A loop that hangs would let connections be accepted and never served.
final class EventLoopWatchdog {
  private final EventLoopGroup loops;
  private final Consumer<Duration> lags;
  private final LongSupplier nanoTime;
  private final Map<EventExecutor, Long> lastBeatNanos = new ConcurrentHashMap<>();

  /// @param lags told how long each loop took for each beat
  EventLoopWatchdog(EventLoopGroup loops, Consumer<Duration> lags, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.loops = loops;
    this.lags = lags;
    long now = nanoTime.getAsLong();
    loops.forEach(loop -> lastBeatNanos.put(loop, now));
  }

  /// Asks every loop for a beat.
  void ask() {
    long asked = nanoTime.getAsLong();
    loops.forEach(
        loop ->
            loop.execute(
                () -> {
                  long now = nanoTime.getAsLong();
                  lastBeatNanos.put(loop, now);
                  lags.accept(Duration.ofNanos(now - asked));
                }));
  }

  /// The longest time since a loop's last beat.
  Duration slowest() {
    long now = nanoTime.getAsLong();
    return Duration.ofNanos(
        lastBeatNanos.values().stream().mapToLong(beat -> now - beat).max().orElse(0));
  }
}
