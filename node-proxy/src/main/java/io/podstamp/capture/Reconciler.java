package io.podstamp.capture;

import io.podstamp.config.Profile;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.policy.Policies;
import io.podstamp.store.AttachmentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps every attachment as it should be: on CNI's word, on every event, and every 30 s by
/// looking.
///
/// What is wanted comes from [Policies]; what is there is asked of the kernel. Work on one Pod is
/// serial, on different Pods parallel, all on virtual threads.
public final class Reconciler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
  private static final long VERIFY_SECONDS = 30;

  /// For who asks why; far more than get lost while the runtime works.
  private static final int MOST_LOST = 100;

  private final Map<String, TrackedPod> pods = new ConcurrentHashMap<>();
  private final Map<PodRef, Instant> lost =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<PodRef, Instant> eldest) {
              return size() > MOST_LOST;
            }
          });
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("reconcile-clock").daemon().factory());
  private final CaptureFactory captures;
  private final AttachmentStore store;
  private final Policies policies;

  public Reconciler(CaptureFactory captures, AttachmentStore store, Policies policies) {
    this.captures = captures;
    this.store = store;
    this.policies = policies;
  }

  /// Takes up what an earlier agent left, and begins to verify.
  ///
  /// @return complete when every one of those Pods is as it should be, or has failed to be
  public CompletableFuture<Void> start() throws IOException {
    List<CompletableFuture<?>> taken = new ArrayList<>();
    for (AttachmentStore.Stored stored : store.load()) {
      Attachment attachment = stored.attachment();
      policies.remember(attachment.pod().namespace(), stored.namespaceAnnotations());
      TrackedPod pod = track(attachment, stored.port());
      if (pod.hasNetns()) {
        pods.put(attachment.id(), pod);
        taken.add(inBackground(pod, () -> follow(pod)));
      } else {
        store.remove(attachment.id());
      }
    }
    clock.scheduleWithFixedDelay(this::verifyAll, VERIFY_SECONDS, VERIFY_SECONDS, TimeUnit.SECONDS);
    return CompletableFuture.allOf(taken.toArray(CompletableFuture[]::new));
  }

  /// CNI ADD: when this returns, the Pod's first connection is treated as it should be.
  ///
  /// @throws IOException when the Pod is to be captured and that failed
  public void attach(Attachment attachment) throws IOException {
    TrackedPod pod = track(attachment, 0);
    TrackedPod before = pods.put(attachment.id(), pod);
    if (before != null) {
      before.forget();
    }
    dropSandboxesBefore(attachment);
    follow(pod);
  }

  /// A Pod whose sandbox was made anew has another attachment. Of the old one CNI tells later, or,
  /// after a crash of the runtime, never.
  private void dropSandboxesBefore(Attachment attachment) throws IOException {
    for (TrackedPod other : pods.values()) {
      if (other.attachment().pod().equals(attachment.pod())
          && !other.attachment().id().equals(attachment.id())
          && !other.hasNetns()) {
        log.info("{}: its sandbox was made anew", attachment.pod());
        detach(other.attachment().id());
      }
    }
  }

  /// A Pod that runs already, of which CNI did not tell.
  public void adopt(Attachment attachment) {
    TrackedPod pod = track(attachment, 0);
    if (!workers.isShutdown() && pods.putIfAbsent(attachment.id(), pod) == null) {
      inBackground(pod, () -> follow(pod));
    }
  }

  /// CNI DEL: nothing of the Pod is left when this returns. Repeatable.
  public void detach(String id) throws IOException {
    TrackedPod pod = pods.remove(id);
    if (pod != null) {
      pod.forget();
    }
    policies.forget(id);
    store.remove(id);
  }

  /// CNI GC: drops what the runtime does not know any more.
  public void detachAllBut(Set<String> valid) {
    for (TrackedPod pod : pods.values()) {
      if (pod.attachment().isNamed() && !valid.contains(pod.attachment().id())) {
        inBackground(pod, () -> detach(pod.attachment().id()));
      }
    }
  }

  /// CNI CHECK: looks into the kernel.
  ///
  /// @return null when the attachment is as it should be, else what is wrong in one sentence
  public @Nullable String check(String id) {
    TrackedPod pod = pods.get(id);
    return pod == null
        ? "attachment " + id + " is unknown (expected: one that ADD made)"
        : pod.check();
  }

  /// The profile a Pod has, whether or not it could be captured.
  public Profile profile(Attachment attachment) {
    return policies.of(attachment).profile().value();
  }

  /// Something about Pods changed: those it may concern are looked at again.
  public void reconcile(Predicate<Attachment> concerned) {
    pods.values().stream()
        .filter(pod -> concerned.test(pod.attachment()))
        .forEach(
            pod -> {
              pod.invalidateStamps();
              inBackground(pod, () -> follow(pod));
            });
  }

  /// Every Pod of this node, by namespace and name.
  public List<PodStatus> status() {
    return pods.values().stream()
        .map(TrackedPod::status)
        .sorted(Comparator.comparing(status -> status.attachment().pod().toString()))
        .toList();
  }

  /// When a Pod's namespace was found gone without CNI having told; null if it was not.
  public @Nullable Instant lostAt(PodRef pod) {
    return lost.get(pod);
  }

  /// Every Pod, whatever its state.
  Stream<TrackedPod> tracked() {
    return pods.values().stream();
  }

  /// Renews every lease, or ends it (zero).
  public void renewLeases(Duration lasting) {
    pods.values().forEach(pod -> renewLease(pod, lasting));
  }

  private void renewLease(TrackedPod pod, Duration lasting) {
    try {
      pod.renewLease(lasting);
      if (lasting.isPositive()) {
        captures.metrics().leaseRenewed(true);
      }
    } catch (IOException e) {
      captures.metrics().leaseRenewed(false);
      onLeaseFailure(pod);
    }
  }

  /// Adds up what each Pod's connections hold; returns at once.
  public void lookAtBuffers() {
    pods.values().forEach(TrackedPod::lookAtBuffers);
  }

  /// How many Pods hold all that they may, so that their new connections wait.
  public long countAtTheirLimit() {
    return pods.values().stream().filter(TrackedPod::isAtItsLimit).count();
  }

  /// A lease could not be renewed: most likely the rules are gone.
  void onLeaseFailure(TrackedPod pod) {
    inBackground(pod, pod::verify);
  }

  private TrackedPod track(Attachment attachment, int port) {
    return new TrackedPod(attachment, policies.known(attachment), port, captures);
  }

  private void follow(TrackedPod pod) throws IOException {
    pod.follow(policies.of(pod.attachment()));
    store(pod);
    if (pod.isUnproved()) {
      inBackground(pod, pod::verify);
    }
  }

  private void store(TrackedPod pod) throws IOException {
    Attachment attachment = pod.attachment();
    if (pods.get(attachment.id()) != pod) {
      return;
    }
    store.put(
        attachment.withAnnotations(policies.podAnnotations(attachment)),
        pod.port(),
        policies.namespaceAnnotations(attachment));
    if (!pods.containsKey(attachment.id())) {
      // The Pod was deleted meanwhile.
      policies.forget(attachment.id());
      store.remove(attachment.id());
    }
  }

  private void verifyAll() {
    pods.values()
        .forEach(
            pod ->
                inBackground(
                    pod,
                    () -> {
                      if (!pod.hasNetns()) {
                        log.info(
                            "{}: its network namespace is gone without a CNI DEL",
                            pod.attachment().pod());
                        lost.put(pod.attachment().pod(), Instant.now());
                        detach(pod.attachment().id());
                        return;
                      }
                      pod.verify();
                      follow(pod);
                    }));
  }

  private interface Work {
    void run() throws IOException;
  }

  private CompletableFuture<Void> inBackground(TrackedPod pod, Work work) {
    try {
      return CompletableFuture.runAsync(() -> report(pod, work), workers);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(null); // retired: the next agent's work
    }
  }

  private static void report(TrackedPod pod, Work work) {
    try {
      work.run();
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      log.warn("{}: {}", pod.attachment().pod(), e.getMessage());
    }
  }

  /// Writes nothing any more, neither rules nor store; returns when what was being written is. The
  /// Pods stay captured, and their stamps are kept up to date.
  public void retire() {
    clock.shutdownNow();
    workers.close();
  }

  /// The agent is leaving: new connections go direct at once instead of when leases run out. Pods
  /// with profile strict stay redirected.
  public void revokeLeases() {
    pods.values()
        .forEach(
            pod -> {
              try {
                pod.revokeLease();
              } catch (IOException e) {
                log.warn("{}: {}", pod.attachment().pod(), e.getMessage());
              }
            });
  }

  /// The next agent listens in all Pods: what waits at the listeners of this one moves there.
  public void stopListening() {
    pods.values().forEach(TrackedPod::stopListening);
  }

  /// Lets go of retired Pods that nobody needs any more: no connection is left, or no namespace.
  public void letGoOfFinished() {
    pods.values()
        .forEach(
            pod -> {
              try {
                pod.letGoIfFinished();
              } catch (IOException e) {
                log.warn("{}: {}", pod.attachment().pod(), e.getMessage());
              }
            });
  }

  /// Ends idle connections: those over which nothing has passed since the last call.
  public void endIdleConnections() {
    pods.values().forEach(TrackedPod::endIdleConnections);
  }

  @Override
  public void close() {
    clock.shutdownNow();
    workers.shutdownNow();
  }
}
