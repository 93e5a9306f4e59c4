package io.podstamp.lease;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.internal.PlatformDependent;
import io.podstamp.accept.Capacity;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether new connections are let past the proxy for now, since all of it is in trouble: event
/// loops that hang, no room for connections, no memory for their bytes. What one Pod alone does is
/// no such trouble; its own limits hold it back before.
///
/// Pods with profile strict are never let past: their new connections wait.
public final class Bypass {
  private static final Logger log = LoggerFactory.getLogger(Bypass.class);

  /// Assumed for what a captured connection takes of the heap; half of the heap is for connections.
  /// `scripts/bench.sh --only NEIGHBOUR` prints what an idle one takes.
  private static final int HEAP_BYTES_A_CONNECTION = 8 << 10;

  /// Hysteresis: overload ends only below 80 % of the limit.
  private static final double RECOVERED = 0.8;

  private static final double MEMORY_EXHAUSTED = 0.9;

  private final Capacity capacity;
  private final LongSupplier usedMemory;
  private final long mostMemory;
  private volatile @Nullable String cause;
  private volatile int episodes;

  /// Looks after this process.
  ///
  /// @param capacity whose limit is kept in line with the process's descriptors and heap
  public static Bypass of(Capacity capacity) {
    return new Bypass(capacity, Bypass::buffers, PlatformDependent.maxDirectMemory());
  }

  Bypass(Capacity capacity, LongSupplier usedMemory, long mostMemory) {
    this.capacity = capacity;
    this.usedMemory = usedMemory;
    this.mostMemory = mostMemory;
    measure();
  }

  private static long buffers() {
    return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
        ? provider.metric().usedDirectMemory()
        : PlatformDependent.usedDirectMemory();
  }

  /// What the trouble is, in a few words; null while there is none.
  public @Nullable String cause() {
    return cause;
  }

  /// How often trouble has begun: who looks twice and finds the same number knows that there was
  /// none in between, if there is none now.
  public int episodes() {
    return episodes;
  }

  /// How long a lease that is given now may last: not at all in trouble.
  public Duration lease() {
    return cause == null ? LeaseKeeper.LASTING : Duration.ZERO;
  }

  /// Looks whether there is trouble. One thread at a time.
  ///
  /// @param silent how long the slowest event loop has not answered
  /// @return whether that is new: trouble began, or is over
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time looks
  boolean look(Duration silent) {
    measure();
    String before = cause;
    String now = trouble(silent, before == null ? 1 : RECOVERED);
    cause = now;
    if (before == null && now != null) {
      episodes++;
      log.error("{}: new connections go direct, those of strict Pods wait", now);
    } else if (before != null && now == null) {
      log.info("the trouble is over ({}): new connections are captured again", before);
    }
    return (before == null) != (now == null);
  }

  private @Nullable String trouble(Duration silent, double share) {
    boolean memoryUsedUp = usedMemory.getAsLong() >= mostMemory * MEMORY_EXHAUSTED * share;
    capacity.suspend(memoryUsedUp);
    if (silent.compareTo(LeaseKeeper.LONGEST_SILENCE) > 0) {
      return "an event loop has been silent for " + silent.toSeconds() + " s";
    }
    if (memoryUsedUp) {
      return "the memory for bytes on their way is used up (" + (mostMemory >> 20) + " MiB)";
    }
    if (capacity.open() >= capacity.most() * share) {
      return "there are as many connections as descriptors and heap allow ("
          + capacity.most()
          + ")";
    }
    return null;
  }

  private void measure() {
    long byHeap = Runtime.getRuntime().maxMemory() / 2 / HEAP_BYTES_A_CONNECTION;
    try {
      int byDescriptors = Descriptors.read().connections(capacity.open());
      capacity.limit((int) Math.min(byHeap, byDescriptors));
    } catch (IOException e) {
      log.warn("descriptors cannot be counted: {}", e.getMessage());
    }
  }
}
