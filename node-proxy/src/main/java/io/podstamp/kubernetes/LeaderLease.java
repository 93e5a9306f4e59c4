package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.podstamp.task.BackgroundTask;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which of several equal processes does what one has to do alone: the one that holds the Lease.
/// One that has lost it stands for it again.
public final class LeaderLease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LeaderLease.class);

  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEWAL = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final String identity;
  private final Runnable onLeading;
  private final BackgroundTask task = BackgroundTask.every("leader-lease", RETRY, this::stand);
  private @Nullable CompletableFuture<?> candidacy;
  private volatile boolean leads;

  /// @param client stays the caller's
  /// @param identity of this process, such as its Pod's name
  /// @param onLeading is called once it leads; does not wait for anything
  public LeaderLease(
      KubernetesClient client, String namespace, String name, String identity, Runnable onLeading) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    this.identity = identity;
    this.onLeading = onLeading;
  }

  /// Begins to stand for it.
  public LeaderLease start() {
    task.start().soon();
    return this;
  }

  /// Whether this process leads now, as far as it knows.
  public boolean leads() {
    return leads;
  }

  private synchronized void stand() {
    CompletableFuture<?> before = candidacy;
    if (before != null && !before.isDone()) {
      return;
    }
    candidacy =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(name)
                    .withLock(new LeaseLock(namespace, name, identity))
                    .withLeaseDuration(LEASE)
                    .withRenewDeadline(RENEWAL)
                    .withRetryPeriod(RETRY)
                    .withReleaseOnCancel(true)
                    .withLeaderCallbacks(
                        new LeaderCallbacks(
                            this::won, this::lost, leader -> log.info("{} leads", leader)))
                    .build())
            .build()
            .start();
  }

  private void won() {
    leads = true;
    onLeading.run();
  }

  private void lost() {
    leads = false;
  }

  /// Gives the Lease up, so that another one can have it at once.
  @Override
  public synchronized void close() {
    task.close();
    CompletableFuture<?> now = candidacy;
    if (now != null) {
      now.cancel(true);
    }
  }
}
