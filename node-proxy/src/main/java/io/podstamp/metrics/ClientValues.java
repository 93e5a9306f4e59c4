package io.podstamp.metrics;

import io.podstamp.config.HeaderMode;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/// How many requests came with a header that podstamp writes or removes, by its name and what
/// becomes of it. Any thread.
///
/// Annotations name headers, and Pods may change theirs for ever; further names are counted
/// together.
final class ClientValues {
  private static final int MOST = 64;

  /// The name that further ones are counted under; no token, so no header has it.
  private static final String OTHERS = "(others)";

  private final Map<Seen, LongAdder> counts = new ConcurrentHashMap<>();

  /// @param header as it is configured
  /// @param mode what becomes of the client's value
  record Seen(String header, HeaderMode mode) {}

  /// A request had it.
  ///
  /// @return whether it is the first one
  boolean add(String header, HeaderMode mode) {
    Seen seen = new Seen(header, mode);
    LongAdder count = counts.get(seen);
    if (count != null) {
      count.increment();
      return false;
    }
    if (counts.size() >= MOST) {
      counts.computeIfAbsent(new Seen(OTHERS, mode), _ -> new LongAdder()).increment();
      return false;
    }
    LongAdder fresh = new LongAdder();
    LongAdder before = counts.putIfAbsent(seen, fresh);
    (before == null ? fresh : before).increment();
    return before == null;
  }

  void forEach(BiConsumer<Seen, Long> each) {
    counts.forEach((seen, count) -> each.accept(seen, count.sum()));
  }

  /// By header alone.
  Map<String, Long> byHeader() {
    Map<String, Long> sums = new TreeMap<>();
    forEach((seen, count) -> sums.merge(seen.header(), count, Long::sum));
    return sums;
  }
}
