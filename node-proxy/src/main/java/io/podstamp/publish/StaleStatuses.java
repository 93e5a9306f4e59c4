package io.podstamp.publish;

import io.podstamp.capture.PodStatus;
import io.podstamp.config.Annotations;
import io.podstamp.identity.Directory;
import io.podstamp.identity.PodRecord;
import io.podstamp.identity.StatusWriter;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Status annotations of Pods that no agent has in hand: those that were let go, and those that an
/// agent before this one wrote of. Nobody would correct them, so they are taken away.
final class StaleStatuses {
  /// As long as a Pod may take to be found and captured.
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Supplier<List<PodStatus>> pods;
  private final Directory directory;
  private final Map<PodRef, Instant> since = new HashMap<>();

  StaleStatuses(Supplier<List<PodStatus>> pods, Directory directory) {
    this.pods = pods;
    this.directory = directory;
  }

  /// Takes away those that have been stale for a while.
  ///
  /// @param most how many at once
  void correct(StatusWriter writer, Instant now, int most) {
    List<PodRef> inHand =
        pods.get().stream().map(PodStatus::attachment).map(Attachment::pod).toList();
    List<PodRef> stale =
        withStatus().stream()
            .filter(pod -> pod.life() != PodRecord.Life.ENDING)
            .filter(pod -> inHand.stream().noneMatch(pod::isMeantBy))
            .map(PodRecord::ref)
            .toList();
    since.keySet().retainAll(stale);
    int written = 0;
    for (PodRef pod : stale) {
      Instant seen = since.computeIfAbsent(pod, _ -> now);
      if (written < most && !seen.isAfter(now.minus(GRACE))) {
        writer.write(pod, null);
        since.put(pod, now); // until the change is heard of
        written++;
      }
    }
  }

  /// Takes away all of this Node, as far as time allows.
  void removeAll(StatusWriter writer, Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (PodRecord pod : withStatus()) {
      if (System.nanoTime() - deadline > 0 || !writer.write(pod.ref(), null)) {
        return;
      }
    }
  }

  private List<PodRecord> withStatus() {
    return directory.pods().stream()
        .filter(pod -> pod.annotations().containsKey(Annotations.STATUS))
        .toList();
  }
}
