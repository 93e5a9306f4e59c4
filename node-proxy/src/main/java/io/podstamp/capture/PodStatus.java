package io.podstamp.capture;

import io.podstamp.config.PodPolicy;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.Hold;
import io.podstamp.netns.ShadowRules;
import io.podstamp.pod.Attachment;
import io.podstamp.signing.PodTokens;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One Pod as an operator sees it.
///
/// @param reason why the state is so, in one sentence
/// @param restraint what keeps its new connections from being captured for now, in one clause;
///   empty when nothing does
/// @param verified when that was last looked at in the kernel
/// @param busy for how long the agent has been at work on it without an end
/// @param notRemembered why the next agent will not know of it; empty when it will
/// @param hold whether its SYNs are held
/// @param leaseEnds when new connections go direct if nobody renews the lease; null without one
/// @param port where its listener is bound; 0 if nowhere
/// @param proof when a connection was made inside the Pod last, and whether it was captured; empty
///   before the first
/// @param connections now open
/// @param blindSpots by which ways its traffic passes our rules by
/// @param shadow what would have been captured since shadow mode began
/// @param proxyTlvs for each of the policy's rules of the PROXY protocol while it is captured
/// @param tokens those of the config's identity while it is captured, by audience
/// @param counts what went through since it was captured
public record PodStatus(
    Attachment attachment,
    PodPolicy policy,
    PodState state,
    String reason,
    String restraint,
    Instant verified,
    Duration busy,
    Repairs repairs,
    String notRemembered,
    Hold hold,
    @Nullable Instant leaseEnds,
    int port,
    int connections,
    String proof,
    PodMeter.Counts counts,
    List<BlindSpot> blindSpots,
    List<ShadowRules.Count> shadow,
    List<ProxyTlvs> proxyTlvs,
    List<PodTokens.Status> tokens) {

  /// What a header of the PROXY protocol has of its TLVs, by their names in the config.
  ///
  /// @param tooLong those that are left out since the receiver takes no more
  /// @param unknown those that are left out since a placeholder is not known
  public record ProxyTlvs(List<String> sent, List<String> tooLong, List<String> unknown) {}

  /// Why the state is so, and what restrains it, in one line.
  public String told() {
    return restraint.isEmpty() ? reason : reason + "; " + restraint;
  }

  /// How often something of ours had to be put back in a Pod.
  ///
  /// @param last when and what the last time was; empty if it never was
  public record Repairs(int count, String last) {
    /// Never.
    public static final Repairs NONE = new Repairs(0, "");

    Repairs andNow(String wrong) {
      return new Repairs(count + 1, Instant.now() + ": " + wrong);
    }
  }
}
