package io.podstamp.metrics;

import io.podstamp.config.Labels;
import io.podstamp.pod.PodIdentity;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What happens on the node, counted. What happens on a connection comes in through its
/// [ConnectionTally].
public final class NodeMetrics {
  /// Pods choose their ports themselves; further ones are counted together.
  private static final int MOST_SHADOW_PORTS = 30;

  private final Exposition exposition = new Exposition();

  final LongAdder connections =
      counter("connections", "Captured connections accepted, dialled or not.");
  final LongAdder connectionsEnded = new LongAdder();
  final LongAdder dialFailures =
      counter("dial_failures", "Captured connections whose server could not be reached.");
  final LongAdder requestsStamped =
      counter("requests_stamped", "Requests that went upstream with a stamp.");
  final LongAdder linesRemoved =
      counter("header_lines_removed", "Header lines of clients removed for a stamp.");
  final LongAdder tripped =
      counter("tripwire_hits", "Connections aborted before a protected name left unstamped.");
  final LongAdder bytesUp = new LongAdder();
  final LongAdder bytesDown = new LongAdder();
  private final Map<Protocol, LongAdder> protocols =
      exposition.counters(
          "podstamp_connections_by_protocol",
          "Captured connections whose first bytes told what the application speaks.",
          "protocol",
          Protocol.class,
          Protocol::label);
  private final Map<Reason, LongAdder> unstamped =
      byReason("connections_unstamped", "Connections that left the stamped path, by reason.");
  private final Map<Reason, LongAdder> refused =
      byReason("requests_refused", "Requests refused, by reason.");

  private final Map<SynOutcome, LongAdder> syns =
      exposition.counters(
          "podstamp_syns_held",
          "SYNs of captured destinations that were held, by what became of them.",
          "outcome",
          SynOutcome.class,
          SynOutcome::label);

  private final Map<ProxyHeaderOutcome, LongAdder> proxyHeaders =
      exposition.counters(
          "podstamp_proxy_headers",
          "Headers of the PROXY protocol sent, taken out behind those, and left instead of those.",
          "outcome",
          ProxyHeaderOutcome.class,
          ProxyHeaderOutcome::label);
  final LongAdder proxyTlvsLeftOut =
      counter(
          "proxy_tlvs_left_out",
          "TLVs that were to be in those headers and were too long for the receiver, or not known.");
  private final Map<TokenOutcome, LongAdder> tokens =
      exposition.counters(
          "podstamp_identity_requests",
          "Stamped requests to destinations of identity, by whether they carried a token.",
          "token",
          TokenOutcome.class,
          TokenOutcome::label);
  final ClientValues clientValues = new ClientValues();
  private final Map<String, Long> shadow = new TreeMap<>();
  private final LongAdder leaseRenewals = counter("lease_renewals", "Leases renewed.");
  private final LongAdder leaseFailures =
      counter(
          "lease_renewal_failures",
          "Failed lease renewals, for example because the nft table was flushed.");
  private final LongAdder leaseLapses =
      counter(
          "lease_lapses",
          "Times that leases had run out before they were renewed, since an event loop or the whole agent hung.");
  private final LongAdder repairs =
      counter("repairs", "Pods in which rules or listener had to be put back.");
  private final LongAdder probes =
      counter("probes", "Connections made inside Pods to see whether they are captured.");
  private final LongAdder probeFailures =
      counter("probe_failures", "Probe connections that were not redirected.");
  private final LongAdder bypasses =
      counter("bypasses", "Times that transparent Pods' new connections were let past the proxy.");
  private final Histogram cniRequests =
      exposition.histogram(
          "podstamp_cni_request_duration_seconds",
          "CNI calls answered, and how long the agent took.",
          List.of("verb", "outcome"),
          .005,
          .01,
          .025,
          .05,
          .1,
          .25,
          .5,
          1,
          2.5,
          5);
  private final Histogram loopLag =
      exposition.histogram(
          "podstamp_event_loop_lag_seconds",
          "How long an event loop let a task wait; each is asked every second.",
          List.of(),
          .001,
          .005,
          .01,
          .05,
          .1,
          .5,
          1,
          5);

  public NodeMetrics() {
    exposition.gauge(
        "podstamp_connections_open", "Captured connections now open.", this::openConnections);
    exposition.counters(
        "podstamp_relayed_bytes",
        "Bytes relayed, as read from the sender: up from the application, down from the server.",
        List.of("direction"),
        values -> {
          values.put((double) bytesUp.sum(), "up");
          values.put((double) bytesDown.sum(), "down");
        });
    exposition.counters(
        "podstamp_client_values",
        "Requests that came with a header of the stamp's, by what becomes of their own value.",
        List.of("header", "mode"),
        values ->
            clientValues.forEach(
                (seen, count) ->
                    values.put((double) count, seen.header(), Labels.dashed(seen.mode()))));
    exposition.counters(
        "podstamp_shadow_connections",
        "Connections that would have been captured, in Pods in shadow mode.",
        List.of("port"),
        values -> {
          synchronized (shadow) {
            shadow.forEach((port, count) -> values.put(count, port));
          }
        });
    ProcessSeries.register(exposition);
  }

  /// Where others add what they know.
  public Exposition exposition() {
    return exposition;
  }

  /// The meter of one more captured Pod, whose connections are not logged.
  public PodMeter meter() {
    return new PodMeter(this, null, () -> null);
  }

  /// The meter of one more captured Pod.
  ///
  /// @param identity who it is, asked for by the log's thread
  public PodMeter meter(ConnectionLogger log, Supplier<@Nullable PodIdentity> identity) {
    return new PodMeter(this, log, identity);
  }

  /// Captured connections now open.
  public long openConnections() {
    // In this order, so that one that comes and goes meanwhile does not make it negative.
    long ended = connectionsEnded.sum();
    return connections.sum() - ended;
  }

  /// Requests stamped since the start.
  public long requestsStamped() {
    return requestsStamped.sum();
  }

  /// Connections whose server could not be reached.
  public long dialFailures() {
    return dialFailures.sum();
  }

  /// A lease was renewed, or could not be.
  public void leaseRenewed(boolean success) {
    (success ? leaseRenewals : leaseFailures).increment();
  }

  /// Leases had run out before their renewal.
  public void leasesLapsed() {
    leaseLapses.increment();
  }

  /// Something of ours was gone in a Pod, and was put back.
  public void podRepaired() {
    repairs.increment();
  }

  /// A connection was made inside a Pod to see whether it is captured.
  public void probed(boolean success) {
    probes.increment();
    if (!success) {
      probeFailures.increment();
    }
  }

  /// New connections go direct from now on, since the whole proxy is in trouble.
  public void bypassed() {
    bypasses.increment();
  }

  /// Something became of a held SYN.
  public void synHeld(SynOutcome outcome) {
    Objects.requireNonNull(syns.get(outcome)).increment();
    switch (outcome) {
      case REFUSED, UNREACHABLE -> dialFailures.increment();
      case CONNECTED, GIVEN_UP, DIRECT, DROPPED -> {
        // No dial that failed.
      }
    }
  }

  /// A CNI call was answered.
  public void cniAnswered(String verb, int exitCode, Duration took) {
    cniRequests
        .labelValues(verb, exitCode == 0 ? "success" : "error")
        .observe(took.toNanos() / 1e9);
  }

  /// An event loop let a task wait so long.
  public void loopLagged(Duration lag) {
    loopLag.observe(lag.toNanos() / 1e9);
  }

  /// Connections that would have been captured (shadow mode).
  public void shadowed(int port, long connections) {
    synchronized (shadow) {
      boolean isNew = !shadow.containsKey(String.valueOf(port));
      shadow.merge(
          isNew && shadow.size() >= MOST_SHADOW_PORTS ? "other" : String.valueOf(port),
          connections,
          Long::sum);
    }
  }

  void proxyHeader(ProxyHeaderOutcome outcome) {
    Objects.requireNonNull(proxyHeaders.get(outcome)).increment();
  }

  void token(TokenOutcome outcome) {
    Objects.requireNonNull(tokens.get(outcome)).increment();
  }

  void speaks(Protocol protocol) {
    Objects.requireNonNull(protocols.get(protocol)).increment();
  }

  void unstamped(Reason reason) {
    Objects.requireNonNull(unstamped.get(reason)).increment();
  }

  void refused(Reason reason) {
    Objects.requireNonNull(refused.get(reason)).increment();
  }

  private LongAdder counter(String name, String help) {
    return exposition.counter("podstamp_" + name, help);
  }

  private Map<Reason, LongAdder> byReason(String name, String help) {
    return exposition.counters("podstamp_" + name, help, "reason", Reason.class, Reason::label);
  }
}
