package io.podstamp.publish;

import io.podstamp.capture.PodStatus;
import io.podstamp.capture.Reconciler;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.Directory;
import io.podstamp.identity.PodRecord;
import io.podstamp.identity.StatusWriter;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.policy.Policies;
import java.time.Instant;
import java.util.List;

/// Pods that were let wait while no agent ran. Kubelet tries a refused sandbox again only after 10
/// to 15 s, but at once when the Pod changes: so a word in their status annotation wakes them.
public final class WaitingPods {
  private final Directory directory;
  private final Reconciler reconciler;
  private final Policies policies;
  private final StatusWriter status;

  public WaitingPods(
      Directory directory, Reconciler reconciler, Policies policies, StatusWriter status) {
    this.directory = directory;
    this.reconciler = reconciler;
    this.policies = policies;
    this.status = status;
  }

  /// Wakes them; to be called once the agent answers CNI and knows this Node's Pods.
  public void wake() {
    List<PodRef> attached =
        reconciler.status().stream().map(PodStatus::attachment).map(Attachment::pod).toList();
    for (PodRecord pod : directory.pods()) {
      if (isWaiting(pod) && attached.stream().noneMatch(pod::isMeantBy)) {
        status.write(pod.ref(), "the agent is back, " + Instant.now());
      }
    }
  }

  private boolean isWaiting(PodRecord pod) {
    PodPolicy policy = policies.of(pod);
    return pod.life() == PodRecord.Life.LIVE
        && !pod.hostNetwork()
        && pod.ips().isEmpty()
        && policy.enablement().value() == Enablement.ENABLED
        && policy.profile().value() == Profile.STRICT;
  }
}
