package io.podstamp.handover;

import io.podstamp.capture.PodStatus;
import io.podstamp.capture.Reconciler;
import io.podstamp.lease.LeaseKeeper;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How an agent leaves its node, so that applications do not notice:
///
/// ```
///   yields its turn ──the next agent has captured all Pods──► stops listening ──► connections finish
///          └──nobody comes──► leases end: new connections go direct ──────────────────────┘
/// ```
///
/// At the end of the drain connections end on which nothing is outstanding; what is still open 5 s
/// later is reset on both sides, so that an answer that was cut off does not look complete.
///
/// Until one of the two is certain, it serves and renews leases as before.
public final class GracefulShutdown {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);

  /// A next agent waits for its turn already; this is more than the kernel needs to wake it.
  private static final Duration SUCCESSOR_APPEARS = Duration.ofSeconds(1);

  private static final Duration TELL_EVERY = Duration.ofSeconds(10);

  /// Of the Pods whose connections are waited for.
  private static final int MOST_NAMED = 5;

  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  /// After the drain connections that are not known to be at rest get this much more; then they are
  /// reset.
  private static final int SECONDS_FOR_THE_BUSY = 5;

  private final NodeLock node;
  private final Reconciler pods;
  private final LeaseKeeper leases;
  private final LongSupplier openConnections;

  private boolean succeeded;
  private boolean alone;
  private long tellAgain = System.nanoTime();

  public GracefulShutdown(
      NodeLock node, Reconciler pods, LeaseKeeper leases, LongSupplier openConnections) {
    this.node = node;
    this.pods = pods;
    this.leases = leases;
    this.openConnections = openConnections;
  }

  /// Leaves; returns when every connection has finished or the time is up.
  ///
  /// @param drain how long connections may finish
  public void run(Duration drain) throws IOException, InterruptedException {
    pods.retire();
    node.yieldTurn();
    long began = System.nanoTime();
    long deadline = began + drain.toNanos();
    while (System.nanoTime() < deadline
        && (openConnections.getAsLong() > 0 || !(succeeded || alone))) {
      look(Duration.ofNanos(System.nanoTime() - began));
      tellWhatIsOpen(deadline);
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
    }
    for (int second = 0;
        second < SECONDS_FOR_THE_BUSY && openConnections.getAsLong() > 0;
        second++) {
      pods.endConnectionsAtRest();
      TimeUnit.SECONDS.sleep(1);
    }
    log.info("leaving with {} connections open", openConnections.getAsLong());
    pods.endConnections();
  }

  private void tellWhatIsOpen(long deadline) {
    long now = System.nanoTime();
    if ((succeeded || alone) && now - tellAgain >= 0) {
      tellAgain = now + TELL_EVERY.toNanos();
      log.info(
          "waiting for {} connections to finish, {} s more at most: {}",
          openConnections.getAsLong(),
          Duration.ofNanos(deadline - now).toSeconds(),
          busiest());
    }
  }

  private String busiest() {
    List<PodStatus> busy =
        pods.status().stream()
            .filter(pod -> pod.connections() > 0)
            .sorted(Comparator.comparingInt(PodStatus::connections).reversed())
            .toList();
    return busy.stream()
            .limit(MOST_NAMED)
            .map(pod -> pod.attachment().pod() + " " + pod.connections())
            .collect(Collectors.joining(", "))
        + (busy.size() > MOST_NAMED ? ", …" : "");
  }

  private void look(Duration sinceYielded) throws IOException {
    if (!succeeded && node.isSucceeded()) {
      succeeded = true;
      log.info("the next agent serves; {} connections finish", openConnections.getAsLong());
      leases.close();
      pods.stopListening();
    } else if (!succeeded
        && !alone
        && sinceYielded.compareTo(SUCCESSOR_APPEARS) > 0
        && !node.hasSuccessor()) {
      alone = true;
      log.info(
          "no other agent is here; new connections go direct, {} finish",
          openConnections.getAsLong());
      leases.close();
      pods.revokeLeases();
    }
    if (succeeded) {
      pods.letGoOfFinished();
    }
  }
}
