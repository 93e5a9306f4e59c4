package io.podstamp.signer;

import io.netty.util.NetUtil;
import io.podstamp.config.TokenSettings;
import io.podstamp.kubernetes.ClusterPods;
import io.podstamp.metrics.RareLog;
import io.podstamp.token.PodClaims;
import io.podstamp.token.PodToken;
import io.podstamp.token.SignerMessages.Answer;
import io.podstamp.token.SignerMessages.Refused;
import io.podstamp.token.SignerMessages.Signed;
import io.podstamp.token.SignerMessages.Wanted;
import io.podstamp.token.SigningKey;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Signs or refuses what an agent wants: only Pods that the API server shows on the agent's Node,
/// with what the API server says of them, for audiences of the config. Nothing of the request goes
/// into a token. Any thread but event loops.
final class Desk {
  private static final Logger log = LoggerFactory.getLogger(Desk.class);

  private final Function<String, ClusterPods.@Nullable Known> pods;
  private final Supplier<Optional<TokenSettings>> settings;
  private final InstantSource clock;
  private final LongAdder signed = new LongAdder();
  private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
  private final Map<Refusal, RareLog> logs = new EnumMap<>(Refusal.class);

  /// @param pods by UID
  /// @param settings in force now
  Desk(
      Function<String, ClusterPods.@Nullable Known> pods,
      Supplier<Optional<TokenSettings>> settings,
      InstantSource clock) {
    this.pods = pods;
    this.settings = settings;
    this.clock = clock;
    for (Refusal refusal : Refusal.values()) {
      refused.put(refusal, new LongAdder());
      logs.put(refusal, new RareLog(log, refusal.isSuspicious() ? Level.WARN : Level.INFO));
    }
  }

  /// One answer for each, in the same order.
  List<Answer> answer(Callers.Agent agent, SigningKey key, List<Wanted> wanted) {
    return wanted.stream().map(one -> answer(agent, key, one)).toList();
  }

  private Answer answer(Callers.Agent agent, SigningKey key, Wanted wanted) {
    TokenSettings now = settings.get().orElse(null);
    if (now == null || !now.audiences().contains(wanted.audience())) {
      return refuse(
          agent, wanted, Refusal.AUDIENCE, "no rule of identity has that audience, by its config");
    }
    ClusterPods.Known pod = pods.apply(wanted.uid());
    if (pod == null) {
      return refuse(
          agent, wanted, Refusal.UNKNOWN_POD, "the API server has not told it of that Pod");
    }
    if (!pod.node().equals(agent.node())) {
      return refuse(agent, wanted, Refusal.OTHER_NODE, "that Pod is on another Node");
    }
    if (!pod.ref().namespace().equals(wanted.namespace())
        || !pod.ref().name().equals(wanted.pod())) {
      return refuse(agent, wanted, Refusal.OTHER_POD, "that UID is another Pod's");
    }
    if (pod.hasEnded()) {
      return refuse(agent, wanted, Refusal.ENDED_POD, "that Pod has ended");
    }
    if (pod.mirror() || pod.hostNetwork() || pod.serviceAccount().isEmpty()) {
      return refuse(
          agent,
          wanted,
          Refusal.NOT_SIGNED,
          "a static Pod, and one on the Node's network, has no token");
    }
    signed.increment();
    return new Signed(PodToken.sign(key, claims(now, pod, wanted), clock.instant()).text());
  }

  private static PodClaims claims(TokenSettings settings, ClusterPods.Known pod, Wanted wanted) {
    return new PodClaims(
        settings.issuer(),
        wanted.audience(),
        pod.ref().namespace(),
        pod.ref().name(),
        pod.ref().uid(),
        pod.serviceAccount(),
        pod.node(),
        pod.ips().isEmpty() ? null : NetUtil.toAddressString(pod.ips().getFirst()),
        pod.nodeIps().stream().map(NetUtil::toAddressString).toList());
  }

  private Refused refuse(Callers.Agent agent, Wanted wanted, Refusal refusal, String why) {
    refused(refusal, agent.toString(), "%s, UID %s: %s".formatted(wanted, wanted.uid(), why));
    return new Refused(why);
  }

  /// Counts and logs that somebody has got nothing.
  void refused(Refusal refusal, String who, String what) {
    of(refused, refusal).increment();
    of(logs, refusal)
        .log("refused ({}) to {}: {}", refusal.label(), printable(who), printable(what));
  }

  private static <T> T of(Map<Refusal, T> map, Refusal refusal) {
    return Objects.requireNonNull(map.get(refusal));
  }

  private static String printable(String text) {
    return text.replaceAll("[^ -~]", "?");
  }

  /// Tokens signed since the start.
  long signed() {
    return signed.sum();
  }

  /// Refused since the start.
  long refused(Refusal refusal) {
    return of(refused, refusal).sum();
  }
}
