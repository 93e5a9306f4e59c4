package io.podstamp.metrics;

import io.podstamp.pod.PodIdentity;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One captured Pod's part of what happens on the node. Any thread.
public final class PodMeter {
  final NodeMetrics node;
  final @Nullable ConnectionLogger log;
  private final Supplier<@Nullable PodIdentity> identity;
  final LongAdder connections = new LongAdder();
  final LongAdder requestsStamped = new LongAdder();
  final LongAdder proxyHeaders = new LongAdder();
  final LongAdder tokensSent = new LongAdder();
  final LongAdder tokensMissing = new LongAdder();
  private final Map<Reason, LongAdder> unstamped = new EnumMap<>(Reason.class);
  final RefusalCounts refusals = new RefusalCounts();
  final ClientValues clientValues = new ClientValues();
  final LongAdder bytesUp = new LongAdder();
  final LongAdder bytesDown = new LongAdder();
  private final AtomicLong loggedInSecond = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong notLogged = new AtomicLong();

  /// How much so far, since the Pod was captured.
  ///
  /// @param unstamped connections that left the stamped path, by reason; only those that occurred
  /// @param refusals what podstamp ended
  /// @param proxyHeaders headers of the PROXY protocol sent
  /// @param clientValues requests that came with a header of the stamp's, by its name
  /// @param tokens requests that were to carry a signed token
  public record Counts(
      long connections,
      long requestsStamped,
      Map<Reason, Long> unstamped,
      Refusals refusals,
      long bytesUp,
      long bytesDown,
      Map<String, Long> clientValues,
      long proxyHeaders,
      Tokens tokens) {
    public static final Counts NONE =
        new Counts(0, 0, Map.of(), Refusals.NONE, 0, 0, Map.of(), 0, Tokens.NONE);

    public Counts {
      unstamped = Map.copyOf(unstamped);
      clientValues = Map.copyOf(clientValues);
    }

    /// Connections that left the stamped path.
    public long connectionsUnstamped() {
      return unstamped.values().stream().mapToLong(Long::longValue).sum();
    }

    /// Requests that were refused.
    public long requestsRefused() {
      return refusals.requestsRefused();
    }

    /// Both together.
    public Counts plus(Counts other) {
      return new Counts(
          connections + other.connections,
          requestsStamped + other.requestsStamped,
          sum(unstamped, other.unstamped),
          refusals.plus(other.refusals),
          bytesUp + other.bytesUp,
          bytesDown + other.bytesDown,
          sum(clientValues, other.clientValues),
          proxyHeaders + other.proxyHeaders,
          new Tokens(tokens.sent + other.tokens.sent, tokens.missing + other.tokens.missing));
    }

    private static <K> Map<K, Long> sum(Map<K, Long> one, Map<K, Long> other) {
      Map<K, Long> both = new HashMap<>(one);
      other.forEach((key, count) -> both.merge(key, count, Long::sum));
      return both;
    }
  }

  /// Requests that were to carry a signed token: those that did, and those that did not.
  public record Tokens(long sent, long missing) {
    public static final Tokens NONE = new Tokens(0, 0);
  }

  PodMeter(
      NodeMetrics node, @Nullable ConnectionLogger log, Supplier<@Nullable PodIdentity> identity) {
    this.node = node;
    this.log = log;
    this.identity = identity;
    for (Reason reason : Reason.values()) {
      unstamped.put(reason, new LongAdder());
    }
  }

  /// A connection was accepted.
  ///
  /// @param destination where the application wanted to go
  public ConnectionTally accepted(InetSocketAddress destination) {
    node.connections.increment();
    connections.increment();
    return new ConnectionTally(this, destination);
  }

  /// A connection left the stamped path.
  void unstamped(Reason reason) {
    Objects.requireNonNull(unstamped.get(reason)).increment();
  }

  /// How much so far.
  public Counts counts() {
    Map<Reason, Long> occurred = new EnumMap<>(Reason.class);
    unstamped.forEach(
        (reason, count) -> {
          if (count.sum() > 0) {
            occurred.put(reason, count.sum());
          }
        });
    return new Counts(
        connections.sum(),
        requestsStamped.sum(),
        occurred,
        refusals.sum(),
        bytesUp.sum(),
        bytesDown.sum(),
        clientValues.byHeader(),
        proxyHeaders.sum(),
        new Tokens(tokensSent.sum(), tokensMissing.sum()));
  }

  /// Who the Pod is, as far as known now.
  @Nullable PodIdentity identity() {
    return identity.get();
  }

  /// Whether a connection that ended now is the first one in this second; if not, it is counted as
  /// left out.
  boolean isFirstIn(long second) {
    long before = loggedInSecond.get();
    if (before != second && loggedInSecond.compareAndSet(before, second)) {
      return true;
    }
    notLogged.incrementAndGet();
    return false;
  }

  /// How many were left out since this was asked last.
  long takeNotLogged() {
    return notLogged.getAndSet(0);
  }
}
