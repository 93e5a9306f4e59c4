package io.podstamp.metrics;

import io.netty.util.NetUtil;
import io.podstamp.metrics.Refusals.Last;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Counts what becomes [Refusals]. Any thread.
final class RefusalCounts {
  private static final String PROTECTED_NAME = "protected_name";

  private final Map<Reason, LongAdder> requests = new EnumMap<>(Reason.class);
  private final LongAdder tripped = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private volatile @Nullable Last last;

  RefusalCounts() {
    for (Reason reason : Reason.values()) {
      requests.put(reason, new LongAdder());
    }
  }

  /// @param reason null when the tripwire reset the connection
  /// @param isFirst whether the connection was on the stamped path until now
  void add(@Nullable Reason reason, InetSocketAddress destination, boolean isFirst) {
    (reason == null ? tripped : Objects.requireNonNull(requests.get(reason))).increment();
    if (isFirst) {
      connections.increment();
    }
    last =
        new Last(
            Instant.now(),
            NetUtil.toSocketAddressString(destination),
            reason == null ? PROTECTED_NAME : reason.label());
  }

  Refusals sum() {
    Map<Reason, Long> occurred = new EnumMap<>(Reason.class);
    requests.forEach(
        (reason, count) -> {
          if (count.sum() > 0) {
            occurred.put(reason, count.sum());
          }
        });
    return new Refusals(occurred, tripped.sum(), connections.sum(), last);
  }
}
