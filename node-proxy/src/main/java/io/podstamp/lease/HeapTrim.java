package io.podstamp.lease;

import java.util.function.IntSupplier;

/// Gives back the heap that a wave of connections leaves behind, once nearly all of them have
/// ended.
///
/// Their objects were promoted, and the old generation is collected only when it is full. A full
/// collection stops everybody for some tens of milliseconds, and while few are there is the best
/// time for it.
final class HeapTrim {
  /// About 16 MiB of heap.
  private static final int WORTH_IT = 4_000;

  private static final int NEARLY_ALL = 8;

  /// A wave that comes back at once needs its heap.
  private static final int LOOKS = 3;

  private final IntSupplier connections;
  private final Runnable collection;
  private int most;
  private int looks;

  /// @param connections how many there are now
  HeapTrim(IntSupplier connections, Runnable collection) {
    this.connections = connections;
    this.collection = collection;
  }

  /// To be called every second.
  void look() {
    int now = connections.getAsInt();
    most = Math.max(most, now);
    boolean ebbed = most - now >= WORTH_IT && now <= most / NEARLY_ALL;
    looks = ebbed ? looks + 1 : 0;
    if (looks == LOOKS) {
      collection.run();
      most = now;
      looks = 0;
    }
  }
}
