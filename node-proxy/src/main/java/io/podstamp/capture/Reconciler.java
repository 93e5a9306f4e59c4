package io.podstamp.capture;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.channel.group.ChannelGroup;
import io.podstamp.config.Profile;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.policy.Policies;
import io.podstamp.redirect.Mailbox;
import io.podstamp.store.AttachmentStore;
import io.podstamp.task.BackgroundTask;
import io.podstamp.upstream.Connections;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps every attachment as it should be: on CNI's word, on every event, and every 30 s by
/// looking.
///
/// Each attachment has one [PodOwner], which works on a virtual thread of its own; this hands out
/// what there is to do, and waits for none but on behalf of CNI, and not for ever.
public final class Reconciler implements AutoCloseable {
  /// How often every Pod is looked at, events or not.
  public static final Duration VERIFY_EVERY = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  /// The plugin waits 5 s in all. Work that takes longer goes on without CNI.
  private static final Duration LONGEST_CNI_CALL = Duration.ofSeconds(4);

  /// A Pod that takes longer is not waited for when an agent begins or ends.
  private static final Duration LONGEST_CHANGE_OVER = Duration.ofSeconds(20);

  /// For callers that ask why; far more than get lost while the runtime works.
  private static final int MOST_LOST = 100;

  private final Map<String, PodOwner> pods = new ConcurrentHashMap<>();
  private final Cache<PodRef, Instant> lost = Caffeine.newBuilder().maximumSize(MOST_LOST).build();
  private final BackgroundTask clock;
  private final Captures captures;
  private final AttachmentStore store;
  private final Policies policies;
  private final PodOwner.Workplace place;
  private final Sandboxes sandboxes = new Sandboxes();
  private volatile boolean retired;

  /// @param verifyEvery [#VERIFY_EVERY], or zero: only when there is a reason
  public Reconciler(
      KernelCaptures captures, AttachmentStore store, Policies policies, Duration verifyEvery) {
    this(
        captures,
        store,
        policies,
        verifyEvery,
        task -> Thread.ofVirtual().name("pod-owner").start(task));
  }

  Reconciler(
      Captures captures,
      AttachmentStore store,
      Policies policies,
      Duration verifyEvery,
      Executor threads) {
    this.captures = captures;
    this.store = store;
    this.policies = policies;
    this.clock =
        BackgroundTask.every(
            "reconcile-clock",
            verifyEvery.isPositive() ? verifyEvery : BackgroundTask.NEVER,
            this::verifyAll);
    this.place = new House(threads);
  }

  /// Where this node's owners work.
  private final class House implements PodOwner.Workplace {
    private final Executor threads;

    House(Executor threads) {
      this.threads = threads;
    }

    @Override
    public Captures captures() {
      return captures;
    }

    @Override
    public Policies policies() {
      return policies;
    }

    @Override
    public AttachmentStore store() {
      return store;
    }

    @Override
    public <I extends Enum<I>> Mailbox<I> mailbox(Class<I> kind, Mailbox.Work<I> work) {
      return new Mailbox<>(kind, threads, work);
    }

    @Override
    public boolean isRetired() {
      return retired;
    }

    @Override
    public void lost(Attachment attachment) {
      lost.put(attachment.pod(), Instant.now());
    }

    @Override
    public void vacated(PodOwner owner, String id) {
      PodOwner left =
          pods.computeIfPresent(id, (_, now) -> now == owner && now.target() == null ? null : now);
      Attachment next = left == null ? sandboxes.leave(id) : null;
      if (next != null && captures.hasNetns(next)) {
        attaching(next);
      }
    }
  }

  /// Takes up what an earlier agent left, and begins to verify.
  ///
  /// @return complete when every one of those Pods is as it should be, or has failed to be, or
  ///   takes too long; never exceptionally
  public CompletableFuture<Void> start() throws IOException {
    List<CompletableFuture<?>> taken = new ArrayList<>();
    for (AttachmentStore.Stored stored : store.load()) {
      Attachment attachment = stored.attachment();
      AttachmentStore.KnownNamespace namespace = stored.namespace();
      policies.remember(
          attachment.pod().namespace(),
          namespace == null ? null : new NamespaceRecord(namespace.uid(), namespace.annotations()));
      // That agent may have ended between its last work on the Pod and writing that down.
      PodOwner owner = new PodOwner(attachment, new Standing.Inherited(stored.port()), place);
      sandboxes.enter(attachment);
      pods.put(attachment.id(), owner);
      taken.add(
          !attachment.isSeen() || captures.hasNetns(attachment) ? owner.settle() : owner.forget());
    }
    clock.start();
    return finished(taken);
  }

  /// Complete when all have ended, however, or the time is up. What failed is logged by the owner.
  private static CompletableFuture<Void> finished(List<CompletableFuture<?>> rounds) {
    return CompletableFuture.allOf(rounds.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, LONGEST_CHANGE_OVER.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(_ -> null);
  }

  /// CNI ADD: when this returns, the Pod's first connection is treated as it should be.
  ///
  /// @throws IOException when the Pod is to be captured and that failed, or takes too long
  public void attach(Attachment attachment) throws IOException {
    await(attaching(attachment), "its capture");
  }

  /// [#attach] without the wait.
  CompletableFuture<Void> attaching(Attachment attachment) {
    if (!sandboxes.enter(attachment)) {
      log.info("{}: {} is one more interface of it", attachment.pod(), attachment.ifname());
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> round = take(attachment, new Standing.Off());
    forgetSandboxesBefore(attachment);
    return round;
  }

  private CompletableFuture<Void> take(Attachment attachment, Standing first) {
    PodOwner owner =
        pods.compute(
            attachment.id(),
            (_, before) -> {
              if (before == null) {
                return new PodOwner(attachment, first, place);
              }
              before.retarget(attachment);
              return before;
            });
    return owner.settle();
  }

  /// A Pod whose sandbox was made anew has another attachment. Of the old one CNI tells later, or,
  /// after a crash of the runtime, never.
  private void forgetSandboxesBefore(Attachment attachment) {
    for (PodOwner other : pods.values()) {
      Attachment before = other.target();
      if (before != null
          && before.pod().equals(attachment.pod())
          && !before.id().equals(attachment.id())
          && !captures.hasNetns(before)) {
        log.info("{}: its sandbox was made anew", attachment.pod());
        other.forget(before);
      }
    }
  }

  /// A Pod that runs already, of which CNI did not tell. An agent that could not write it down may
  /// have left rules in it.
  public void adopt(Attachment attachment) {
    Attachment named = underItsName(attachment);
    if (!retired && sandboxes.enter(named)) {
      take(named, new Standing.Inherited(0));
    }
  }

  /// CNI may have told of it, and of a namespace that could not be opened: CNI's name stays.
  private Attachment underItsName(Attachment found) {
    return pods.values().stream()
        .flatMap(owner -> Stream.ofNullable(owner.target()))
        .filter(told -> !told.isSeen() && told.pod().equals(found.pod()))
        .findFirst()
        .map(
            told ->
                new Attachment(
                    told.containerId(),
                    told.ifname(),
                    found.netns(),
                    found.netnsInode(),
                    found.pod(),
                    found.ips(),
                    found.annotations(),
                    told.network()))
        .orElse(found);
  }

  /// CNI DEL: nothing of the Pod is left when this returns. Repeatable.
  ///
  /// @throws IOException when something may be left, or it takes too long
  public void detach(String id) throws IOException {
    await(detaching(id), "its end");
  }

  /// [#detach] without the wait.
  CompletableFuture<Void> detaching(String id) throws IOException {
    PodOwner owner = pods.get(id);
    if (owner != null) {
      return owner.forget();
    }
    sandboxes.leave(id);
    forgetUnknown(id);
    return CompletableFuture.completedFuture(null);
  }

  /// A file of it may be there all the same, one that could not be read. No owner can appear
  /// meanwhile.
  private void forgetUnknown(String id) throws IOException {
    IOException[] failure = {null};
    pods.compute(
        id,
        (_, owner) -> {
          try {
            if (owner == null) {
              store.remove(id);
            }
          } catch (IOException e) {
            failure[0] = e;
          }
          return owner;
        });
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  private static <T extends @Nullable Object> T await(CompletableFuture<T> round, String what)
      throws IOException {
    try {
      return round.get(LONGEST_CNI_CALL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause
          ? new IOException(cause.getMessage(), cause)
          : new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(
          what + " takes more than " + LONGEST_CNI_CALL.toSeconds() + " s; it goes on", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// CNI GC: drops what the runtime does not know any more. Attachments of other networks, and
  /// those whose network nobody told, are none of its business.
  ///
  /// @param valid the ids of what stays
  public void detachAllBut(String network, Set<String> valid) {
    sandboxes.retain(network, valid);
    for (PodOwner owner : pods.values()) {
      Attachment attachment = owner.attachment();
      if (attachment.network().equals(network) && !valid.contains(attachment.id())) {
        owner.forget();
      }
    }
  }

  /// CNI CHECK: looks into the kernel.
  ///
  /// @return null when the attachment is as it should be or not one of ours, else what is wrong in
  ///   one sentence
  public @Nullable String check(String id) {
    try {
      return await(checking(id), "the look into the kernel");
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// [#check] without the wait.
  CompletableFuture<@Nullable String> checking(String id) {
    PodOwner owner = pods.get(id);
    if (owner == null) {
      return CompletableFuture.completedFuture(null);
    }
    return captures.hasNetns(owner.attachment())
        ? owner.check()
        : CompletableFuture.completedFuture("the Pod's network namespace is gone");
  }

  /// The profile a Pod has, whether or not it could be captured.
  public Profile profile(Attachment attachment) {
    PodOwner owner = pods.get(attachment.id());
    return (owner == null ? policies.known(attachment) : owner.policy()).profile().value();
  }

  /// Whether nothing is lost but stamps when this attachment is not as it should be: its profile is
  /// not strict, or it is not known.
  public boolean mayRunUnstamped(String id) {
    PodOwner owner = pods.get(id);
    return owner == null || owner.policy().profile().value() != Profile.STRICT;
  }

  /// Something about Pods changed: those it may concern are looked at again. Returns at once.
  public void reconcile(Predicate<Attachment> concerned) {
    for (PodOwner owner : pods.values()) {
      if (concerned.test(owner.attachment())) {
        owner.invalidateStamp();
        owner.settle();
      }
    }
  }

  /// Every Pod of this node, by namespace and name. Never waits for the work on one of them.
  public List<PodStatus> status() {
    return pods.values().stream()
        .map(PodOwner::status)
        .sorted(Comparator.comparing(status -> status.attachment().pod().toString()))
        .toList();
  }

  /// When a Pod's namespace was found gone without CNI having told; null if it was not.
  public @Nullable Instant lostAt(PodRef pod) {
    return lost.getIfPresent(pod);
  }

  /// Renews every lease, or ends it (zero); has Pods looked at whose rules are not what they were.
  public void renewLeases(Duration lasting) {
    pods.values().forEach(owner -> owner.keep(lasting));
  }

  /// Adds up what each Pod's connections hold; returns at once.
  public void lookAtBuffers() {
    pods.values().forEach(PodOwner::lookAtBuffers);
  }

  /// Signs what is missing or due of each Pod's tokens: 0.1 ms for each.
  public void renewTokens() {
    pods.values().forEach(PodOwner::renewTokens);
  }

  /// How many Pods hold all that they may, so that their new connections wait.
  public long countAtTheirLimit() {
    return pods.values().stream().filter(PodOwner::isAtItsLimit).count();
  }

  /// All owners, in no order.
  Stream<PodOwner> owners() {
    return pods.values().stream();
  }

  /// Has every Pod looked at now.
  void verifyAll() {
    pods.values().forEach(PodOwner::verify);
  }

  /// Writes nothing any more, neither rules nor store; returns when what was being written is, or
  /// takes too long. The Pods stay captured, and their stamps are kept up to date.
  public void retire() {
    retiring().join();
  }

  /// [#retire] without the wait.
  CompletableFuture<Void> retiring() {
    clock.close();
    retired = true;
    return ask(PodOwner::settle);
  }

  /// The agent is leaving: new connections go direct at once instead of when leases run out. Pods
  /// with profile strict stay redirected.
  public void revokeLeases() {
    ask(PodOwner::revoke).join();
  }

  /// The next agent listens in all Pods: nothing new comes to the listeners of this one.
  public void stopListening() {
    ask(PodOwner::stopListening).join();
  }

  /// Lets go of retired Pods that nobody needs any more: no connection is left, or no namespace.
  public void letGoOfFinished() {
    ask(PodOwner::letGoIfFinished).join();
  }

  private interface Wish {
    CompletableFuture<Void> to(PodOwner owner);
  }

  private CompletableFuture<Void> ask(Wish wish) {
    List<CompletableFuture<?>> rounds = new ArrayList<>();
    pods.values().forEach(owner -> rounds.add(wish.to(owner)));
    return finished(rounds);
  }

  /// Ends the connections on which nothing is outstanding, and each of the others once that is so.
  public void endConnectionsAtRest() {
    pods.values().forEach(PodOwner::endConnectionsAtRest);
  }

  /// Ends what is still open, by a reset.
  public void endConnections() {
    Connections.endNow(pods.values().stream().flatMap(PodOwner::connections).toList());
  }

  /// Those that still have an application, whether or not they have finished.
  public long openConnections() {
    return pods.values().stream()
        .flatMap(PodOwner::connections)
        .mapToLong(ChannelGroup::size)
        .sum();
  }

  @Override
  public void close() {
    clock.close();
  }
}
