package io.podstamp.lease;

import io.netty.channel.EventLoopGroup;
import io.podstamp.accept.Capacity;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.task.Guarded;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Renews every lease, and only while the proxy can serve ([Bypass]): when its event loops hang or
/// it has no room, leases are ended, and the Pods' new connections go direct. What a wave of
/// connections left is given back in time ([HeapTrim]).
public final class LeaseKeeper implements AutoCloseable {
  /// How long traffic may go into a dead proxy, at most.
  public static final Duration LASTING = Duration.ofSeconds(15);

  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /// A beat is asked for with each look, so a healthy loop's last one is about a second old. A full
  /// collection of the heap may take some more.
  public static final Duration LONGEST_SILENCE = Duration.ofSeconds(7);

  private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("lease-keeper").daemon().factory());
  private final EventLoopWatchdog watchdog;
  private final Capacity capacity;
  private final Bypass bypass;
  private final NodeMetrics metrics;
  private final HeapTrim heap;
  private final LongSupplier nanoTime;
  private long renewedNanos;

  /// For the leases of one process.
  ///
  /// @param capacity which has leases ended at once when it is full
  public LeaseKeeper(EventLoopGroup loops, Capacity capacity, Bypass bypass, NodeMetrics metrics) {
    this(loops, capacity, bypass, metrics, System::nanoTime);
  }

  LeaseKeeper(
      EventLoopGroup loops,
      Capacity capacity,
      Bypass bypass,
      NodeMetrics metrics,
      LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.renewedNanos = nanoTime.getAsLong();
    this.watchdog = new EventLoopWatchdog(loops, metrics::loopLagged, nanoTime);
    this.capacity = capacity;
    this.bypass = bypass;
    this.metrics = metrics;
    this.heap = new HeapTrim(capacity::open, System::gc);
  }

  /// What is renewed.
  public interface Leases {
    /// Makes each of them last so long from now, or ends it (zero); returns at once.
    void renew(Duration lasting);
  }

  /// Starts renewing whatever leases there are.
  public void start(Leases leases) {
    watchdog.ask();
    capacity.onFull(() -> lookSoon(leases));
    every(LOOK_EVERY, () -> look(leases));
    every(LOOK_EVERY, heap::look);
  }

  /// Has something looked at every second too; it must return at once.
  public void everySecond(Runnable look) {
    every(LOOK_EVERY, look);
  }

  /// The longest time since an event loop's last sign of life: about a second when all are well,
  /// since that is how often they are asked.
  public Duration silence() {
    return watchdog.slowest();
  }

  private void every(Duration period, Runnable work) {
    clock.scheduleAtFixedRate(
        new Guarded("lease-keeper", work::run),
        period.toMillis(),
        period.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private void lookSoon(Leases leases) {
    try {
      clock.execute(new Guarded("lease-keeper", () -> look(leases)));
    } catch (RejectedExecutionException e) {
      log.debug("leaving; leases are the next agent's");
    }
  }

  /// Leases that had run out count also where the same look finds new trouble: after the whole
  /// agent hung, its event loops have been silent too.
  void look(Leases leases) {
    boolean wasLeased = bypass.cause() == null;
    Duration silent = watchdog.slowest();
    watchdog.ask();
    boolean turned = bypass.look(silent);
    if (turned && bypass.cause() != null) {
      metrics.bypassed();
    }
    long now = nanoTime.getAsLong();
    if (turned || (bypass.cause() == null && now - renewedNanos >= EVERY.toNanos())) {
      if (wasLeased && now - renewedNanos > LASTING.toNanos()) {
        metrics.leasesLapsed();
      }
      renewedNanos = now;
      leases.renew(bypass.lease());
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
