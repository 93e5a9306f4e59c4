package io.podstamp.metrics;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What podstamp itself ended of one Pod's traffic.
///
/// @param requests refused ones by reason; only reasons that occurred
/// @param tripped connections that were reset before a protected name left unstamped
/// @param connections that ended so and had not left the stamped path before
/// @param last the newest one; null if there was none
public record Refusals(
    Map<Reason, Long> requests, long tripped, long connections, @Nullable Last last) {
  /// None.
  public static final Refusals NONE = new Refusals(Map.of(), 0, 0, null);

  public Refusals {
    requests = requests.isEmpty() ? Map.of() : new EnumMap<>(requests);
  }

  /// One refusal.
  ///
  /// @param destination address and port that the application dialled
  /// @param what the reason's label, or `protected_name`
  public record Last(Instant at, String destination, String what) {
    @Override
    public String toString() {
      return "%s to %s: %s".formatted(at.truncatedTo(ChronoUnit.SECONDS), destination, what);
    }
  }

  /// Refused requests, and connections that the tripwire reset.
  public long total() {
    return requestsRefused() + tripped;
  }

  long requestsRefused() {
    return requests.values().stream().mapToLong(Long::longValue).sum();
  }

  Refusals plus(Refusals other) {
    Map<Reason, Long> both = new HashMap<>(requests);
    other.requests.forEach((reason, count) -> both.merge(reason, count, Long::sum));
    return new Refusals(
        both, tripped + other.tripped, connections + other.connections, newer(last, other.last));
  }

  private static @Nullable Last newer(@Nullable Last one, @Nullable Last other) {
    return one == null || (other != null && other.at.isAfter(one.at)) ? other : one;
  }
}
