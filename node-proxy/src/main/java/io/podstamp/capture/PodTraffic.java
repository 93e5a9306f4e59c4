package io.podstamp.capture;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.CapturedPod;
import io.podstamp.accept.SignedConnection;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.config.TokenSettings;
import io.podstamp.identity.Identifier;
import io.podstamp.metrics.PodMeter;
import io.podstamp.pod.Attachment;
import io.podstamp.proxyprotocol.Tlv;
import io.podstamp.signing.PodTokens;
import io.podstamp.signing.Signers;
import io.podstamp.signing.Subject;
import io.podstamp.stamp.PodStamps;
import io.podstamp.stamp.ProxyHeaders;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Connections;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What one captured Pod's connections need and hold: its policy, its stamp, its limits, the
/// connections themselves. Touched by all event loops; nothing here waits.
final class PodTraffic implements CapturedPod {
  private final Attachment attachment;
  private final Identifier identifier;
  private final PodLimits limits;
  private final AcceptGate gate;
  private final PodMeter meter;
  private final PodTokens tokens;
  private final AtomicReference<Rendered> rendered =
      new AtomicReference<>(new Rendered(null, null));
  private volatile PodPolicy policy;

  /// A new one for each change of what the stamp is made from: a stamp that was rendered from what
  /// was before is never put in its place.
  private record Rendered(@Nullable PodStamps stamps, @Nullable ProxyHeaders headers) {}

  PodTraffic(
      Attachment attachment,
      PodPolicy policy,
      Identifier identifier,
      PodLimits limits,
      AcceptGate gate,
      PodMeter meter,
      Signers signers) {
    this.attachment = attachment;
    this.policy = policy;
    this.identifier = identifier;
    this.limits = limits;
    this.gate = gate;
    this.meter = meter;
    this.tokens =
        new PodTokens(signers, () -> Subject.of(attachment.pod(), identifier.identify(attachment)));
    renewTokens();
  }

  /// Signs what is missing or due; not for event loops.
  void renewTokens() {
    tokens.renew(tokenSettings());
  }

  private @Nullable TokenSettings tokenSettings() {
    return policy.identity().orElse(null);
  }

  /// Its tokens, for who asks how they are.
  List<PodTokens.Status> tokens() {
    return tokens.status();
  }

  /// From now on. Not for event loops.
  void follow(PodPolicy wanted) {
    boolean sameRules =
        wanted.stampRules().equals(policy.stampRules())
            && wanted.proxyProtocol().equals(policy.proxyProtocol());
    policy = wanted;
    if (!sameRules) {
      invalidateStamp();
    }
    renewTokens();
  }

  /// What is known of the Pod changed: the next request asks again.
  void invalidateStamp() {
    rendered.set(new Rendered(null, null));
  }

  @Override
  public Stamp stamp() {
    return stamps().plain();
  }

  private PodStamps stamps() {
    Rendered before = rendered.get();
    PodStamps ready = before.stamps();
    if (ready != null) {
      return ready;
    }
    PodStamps stamps = new PodStamps(policy.stampRules(), identifier.identify(attachment));
    rendered.compareAndSet(before, new Rendered(stamps, before.headers()));
    return stamps;
  }

  @Override
  public CapturedPod towards(InetSocketAddress destination) {
    return SignedConnection.of(
        this,
        destination,
        this::tokenSettings,
        audience -> stamps().with(audience, tokens.textFor(audience)));
  }

  @Override
  public ProxyHeaders proxyHeaders() {
    if (policy.proxyProtocol().isEmpty()) {
      return ProxyHeaders.NONE;
    }
    ProxyHeaders ready = rendered.get().headers();
    if (ready != null) {
      return ready;
    }
    Rendered before = rendered.get();
    ProxyHeaders headers =
        ProxyHeaders.render(policy.proxyRules(), identifier.identify(attachment));
    rendered.compareAndSet(before, new Rendered(before.stamps(), headers));
    return headers;
  }

  /// What is in those headers, for each rule.
  List<PodStatus.ProxyTlvs> proxyTlvs() {
    return proxyHeaders().rules().stream()
        .map(
            rule ->
                new PodStatus.ProxyTlvs(
                    names(rule.area().kept()), names(rule.area().leftOut()), rule.unknown()))
        .toList();
  }

  private static List<String> names(List<Tlv> tlvs) {
    return tlvs.stream().map(tlv -> Tlv.name(tlv.type())).toList();
  }

  @Override
  public Profile profile() {
    return policy.profile().value();
  }

  @Override
  public int mostHeaderBlock() {
    return limits.config().get().headerBlockKibibytes() << 10;
  }

  @Override
  public void accepted(Channel connection, InetAddress source) {
    limits.connectionsOpen().add(connection);
    identifier.checkSource(attachment, source);
  }

  /// Opens and closes with the Pod's limits.
  AcceptGate gate() {
    return gate;
  }

  int openConnections() {
    return limits.connectionsOpen().size();
  }

  PodMeter.Counts counts() {
    return meter.counts();
  }

  /// Those that are open.
  ChannelGroup connections() {
    return limits.connectionsOpen();
  }

  /// Ends every connection, by a reset.
  void close() {
    Connections.endNow(List.of(connections()));
  }
}
