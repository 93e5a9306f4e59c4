package io.podstamp.capture;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.CapturedPod;
import io.podstamp.accept.PodListener;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.Identifier;
import io.podstamp.lease.Bypass;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Lease;
import io.podstamp.netns.Netns;
import io.podstamp.netns.Redirect;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.SocketTable;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.Family;
import io.podstamp.stamp.Stamp;
import io.podstamp.stamp.StampCache;
import io.podstamp.upstream.EndIfIdle;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One captured Pod: its open netns, listener, rules and lease. Everything it holds in the kernel
/// is let go by [#close].
///
/// Methods that write are called by one thread at a time ([Reconciler]); stamps and leases are
/// asked for by others.
final class Capture implements CapturedPod, AutoCloseable {
  private final Attachment attachment;
  private final Netns netns;
  private final Lease lease;
  private final Redirect redirect;
  private final Bypass bypass;
  private final AcceptGate gate;
  private final Proof proof = new Proof();
  private final Proof.Maker probe;
  private final Identifier identifier;
  private final StampCache stamps;
  private final ChannelGroup connections;
  private final PodMeter meter;
  private final String id;
  private final Function<String, Stamp> render;

  private volatile PodPolicy policy;
  private volatile boolean draining;
  private volatile @Nullable Instant leaseEnds;
  private @Nullable PodListener listener;

  Capture(
      Attachment attachment,
      PodPolicy policy,
      Netns netns,
      Lease lease,
      CaptureFactory makers,
      PodLimits limits,
      PodMeter meter) {
    this.attachment = attachment;
    this.policy = policy;
    this.netns = netns;
    this.lease = lease;
    this.redirect = new Redirect(lease);
    this.bypass = makers.bypass();
    this.gate = new AcceptGate(makers.capacity(), limits);
    this.probe = () -> makers.probe(netns, this.policy);
    this.identifier = makers.identifier();
    this.stamps = makers.stamps();
    this.connections = limits.connectionsOpen();
    this.meter = meter;
    this.id = attachment.id();
    this.render =
        key -> Stamp.render(this.policy.headers().value(), identifier.identify(attachment));
  }

  /// Completes the making: the listener needs this object to hand connections to.
  void listen(PodListener opened) {
    listener = opened;
  }

  int port() {
    return listener == null ? 0 : listener.port();
  }

  int openConnections() {
    return connections.size();
  }

  PodMeter.Counts counts() {
    return meter.counts();
  }

  boolean isListening() {
    return listener != null && listener.isOpen();
  }

  /// Whether the kernel still works for a proxied connection: one that waits to be accepted, or is
  /// closed here and has not brought its last bytes to the application. Without our rules it would
  /// be reset.
  boolean hasSockets(Doorway doorway) throws IOException {
    return SocketTable.isBusy(doorway, netns, port());
  }

  boolean isDraining() {
    return draining;
  }

  /// Brings the kernel in line with the policy; does nothing when it is.
  void apply(PodPolicy wanted) throws IOException {
    boolean sameHeaders = wanted.headers().value().equals(policy.headers().value());
    policy = wanted;
    draining = false;
    if (!sameHeaders) {
      invalidateStamps();
    }
    write(wanted.profile().value() == Profile.TRANSPARENT);
  }

  /// New connections go direct from now on; the proxied ones live on.
  void drain() throws IOException {
    draining = true;
    write(true);
    lease.revoke();
  }

  private void write(boolean leased) throws IOException {
    if (listener == null) {
      throw new IllegalStateException("a capture listens before it redirects");
    }
    RedirectRules rules =
        new RedirectRules(
            new TreeSet<>(policy.ports().value()),
            listener.port(),
            listener.families(),
            policy.destinations(),
            leased);
    if (redirect.bring(rules, draining ? Duration.ZERO : bypass.lease())) {
      proof.expire();
      leaseEnds = leased && !draining ? Instant.now().plus(bypass.lease()) : null;
    } else if (leased && !draining) {
      renewLease(bypass.lease());
    }
  }

  /// Compares what was made with what is there.
  ///
  /// @return null when all is well, else what is wrong in a few words
  @Nullable String verify() {
    if (!isListening()) {
      return "the listener is closed";
    }
    String difference = redirect.difference();
    return difference == null && isProbeDue() ? probe() : difference;
  }

  /// Whether the next [#verify] makes a connection inside the Pod. None is made that would be seen
  /// to go direct or to wait by intent.
  boolean isProbeDue() {
    if (listener == null || !listener.families().contains(Family.IPV4)) {
      proof.skip("probes are made in IPv4, which the Pod has not");
      return false;
    }
    if (!policy.destinations().captureProbes()) {
      proof.skip("the address for it is among the excluded destinations");
      return false;
    }
    return proof.isDue() && !draining && restraint().isEmpty();
  }

  /// Makes a connection inside the Pod.
  ///
  /// @return null if it was captured, else what is wrong
  @Nullable String probe() {
    return proof.renew(probe);
  }

  Proof proof() {
    return proof;
  }

  /// Forgets what was written, so that the next [#apply] writes it again.
  void distrustRules() {
    redirect.distrust();
    proof.expire();
  }

  /// Keeps the redirect working, or ends that.
  ///
  /// @param lasting from now; zero: the next connections go direct
  void renewLease(Duration lasting) throws IOException {
    RedirectRules rules = redirect.written();
    if (draining || rules == null || !rules.leased()) {
      return;
    }
    if (lasting.isPositive()) {
      lease.renew(lasting);
    } else {
      lease.revoke();
    }
    leaseEnds = Instant.now().plus(lasting);
  }

  AcceptGate gate() {
    return gate;
  }

  /// What keeps new connections from being captured though the Pod is, in one clause; empty when
  /// nothing does.
  String restraint() {
    String trouble = bypass.cause();
    if (trouble != null) {
      return trouble
          + (profile() == Profile.STRICT
              ? ": new connections may have to wait"
              : ": new connections go direct");
    }
    return gate.isClosed() ? gate.reason() + ": new connections wait" : "";
  }

  /// When the redirect ends if nobody renews it; null when it does not depend on a lease.
  @Nullable Instant leaseEnds() {
    return leaseEnds;
  }

  void revokeLease() throws IOException {
    draining = true;
    lease.revoke();
  }

  void stopListening() {
    if (listener != null) {
      listener.close();
    }
  }

  void endIdleConnections() {
    connections.forEach(
        connection -> connection.pipeline().fireUserEventTriggered(EndIfIdle.EVENT));
  }

  void invalidateStamps() {
    stamps.invalidate(id);
  }

  @Override
  public Stamp stamp() {
    return stamps.get(id, render);
  }

  @Override
  public Profile profile() {
    return policy.profile().value();
  }

  @Override
  public void accepted(Channel connection, InetAddress source) {
    connections.add(connection);
    identifier.checkSource(attachment, source);
  }

  /// Takes the rules out, then lets go of the namespace.
  void removeRules() throws IOException {
    redirect.remove();
  }

  @Override
  public void close() throws IOException {
    stopListening();
    connections.close().awaitUninterruptibly();
    invalidateStamps();
    try {
      lease.close();
    } finally {
      netns.close();
    }
  }
}
