package io.podstamp.explain;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.metrics.Refusals;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What is wrong with one Pod, a few words each, for lists in which each Pod has one line.
/// [Explainer] has the sentences.
public final class Troubles {
  /// Work on a Pod takes milliseconds, and a second when the API server has to be asked.
  static final Duration LONG_WORK = Duration.ofSeconds(5);

  private Troubles() {}

  /// In the order of their weight; empty when all is well.
  public static List<String> of(PodStatus pod, Instant now) {
    List<String> wrong = new ArrayList<>();
    if (pod.state() == PodState.FAILED) {
      wrong.add("not captured, though it is to be");
    }
    if (!pod.restraint().isEmpty()) {
      wrong.add(pod.restraint());
    }
    Instant ends = pod.leaseEnds();
    if (pod.state() == PodState.CAPTURED && ends != null && ends.isBefore(now)) {
      wrong.add("its lease ran out");
    }
    pod.tokens().stream()
        .filter(token -> token.missingSince() != null)
        .forEach(token -> wrong.add("no token for " + token.audience()));
    Refusals refusals = pod.counts().refusals();
    if (refusals.total() > 0) {
      wrong.add(refusals.total() + " refused");
    }
    if (!pod.policy().problems().isEmpty()) {
      wrong.add(Account.count(pod.policy().problems().size(), "unreadable annotation"));
    }
    if (pod.busy().compareTo(LONG_WORK) > 0) {
      wrong.add("at work on it for " + pod.busy().toSeconds() + " s");
    }
    if (!pod.notRemembered().isEmpty()) {
      wrong.add("not written down for the next agent");
    }
    return wrong;
  }
}
