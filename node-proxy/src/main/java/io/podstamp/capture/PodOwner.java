package io.podstamp.capture;

import io.netty.channel.group.ChannelGroup;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.Hold;
import io.podstamp.pod.Attachment;
import io.podstamp.policy.Policies;
import io.podstamp.redirect.Mailbox;
import io.podstamp.store.AttachmentStore;
import io.podstamp.upstream.Connections;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one owner of an attachment: everything that is done for it, in the kernel and on disk, is
/// done by the task of this mailbox, with the newest inputs. Others say what they want and go on;
/// what they read is an immutable snapshot, or answers at once.
final class PodOwner {
  private static final Logger log = LoggerFactory.getLogger(PodOwner.class);

  /// What there may be to do.
  private enum Intent {
    /// Something changed that the policy is made from, or the attachment came or went.
    SETTLE,
    /// Look into the kernel, and put back what is gone.
    VERIFY,
    /// Look into the kernel, and change nothing.
    CHECK,
    /// The agent is leaving: end the lease.
    REVOKE,
    /// The agent is leaving: the next one listens.
    STOP_LISTENING,
    /// The agent is leaving: let go if no connection is left.
    LET_GO
  }

  private final Workplace place;
  private final Mailbox<Intent> mailbox;

  /// What CNI said last: the attachment, or null once it is to go.
  private final AtomicReference<@Nullable Attachment> target;

  private volatile Snapshot snapshot;
  private List<String> problemsTold = List.of();
  private volatile @Nullable String checked;

  // The task's own.
  private final Transitions transitions;
  private Map<String, String> podAnnotations;
  private @Nullable NamespaceRecord namespace;
  private @Nullable String notRemembered;
  private boolean vacant;

  /// What others see of the owner's state; a new one after each round.
  private record Snapshot(
      Attachment attachment,
      PodPolicy policy,
      Standing standing,
      String reason,
      Instant verified,
      PodStatus.Repairs repairs,
      List<BlindSpot> blindSpots,
      @Nullable String notRemembered) {
    /// What the standing comes to, with the ways past our rules.
    PodState state() {
      if (blindSpots.isEmpty()) {
        return standing.state();
      }
      return standing instanceof Standing.Failed || blindSpots.stream().anyMatch(BlindSpot::isWhole)
          ? PodState.FAILED
          : PodState.PARTIAL;
    }

    String told() {
      if (blindSpots.isEmpty()) {
        return reason;
      }
      String told = BlindSpot.told(blindSpots, policy.profile().value() == Profile.STRICT);
      return standing instanceof Standing.Failed ? reason + "; " + told : told;
    }
  }

  /// Where owners work.
  interface Workplace {
    Captures captures();

    Policies policies();

    AttachmentStore store();

    /// A mailbox whose tasks run on the workplace's threads.
    <I extends Enum<I>> Mailbox<I> mailbox(Class<I> kind, Mailbox.Work<I> work);

    /// Whether this agent writes no more.
    boolean isRetired();

    /// The namespace is gone without CNI having told.
    void lost(Attachment attachment);

    /// Nothing of the attachment is left; the owner has nothing to do unless it gets a new one.
    void vacated(PodOwner owner, String id);
  }

  PodOwner(Attachment attachment, Standing standing, Workplace place) {
    this.place = place;
    this.mailbox = place.mailbox(Intent.class, this::work);
    this.target = new AtomicReference<>(attachment);
    this.transitions =
        new Transitions(place.captures(), attachment, place.policies().known(attachment), standing);
    this.podAnnotations = attachment.annotations();
    this.snapshot = snapshotNow();
  }

  /// CNI ADD, or an adoption; [#settle] comes next.
  void retarget(Attachment now) {
    target.set(now);
  }

  /// CNI DEL.
  ///
  /// @return completes when nothing of the Pod is left
  CompletableFuture<Void> forget() {
    target.set(null);
    return settle();
  }

  /// Forgets it unless CNI has said something else since.
  ///
  /// @param last what CNI said last, by [#target]
  void forget(Attachment last) {
    if (target.compareAndSet(last, null)) {
      settle();
    }
  }

  /// What CNI said last, which may not have been worked on yet; null once it is to go.
  @Nullable Attachment target() {
    return target.get();
  }

  /// Something changed that the policy is made from, or the attachment came or went.
  ///
  /// @return completes when the Pod is as it should be; exceptionally when that failed
  CompletableFuture<Void> settle() {
    return mailbox.post(Intent.SETTLE);
  }

  /// Something may be gone from the kernel.
  CompletableFuture<Void> verify() {
    return mailbox.post(Intent.VERIFY);
  }

  /// Looks into the kernel and changes nothing.
  ///
  /// @return null when all is as it should be, else what is wrong
  CompletableFuture<@Nullable String> check() {
    return mailbox.post(Intent.CHECK).thenApply(_ -> checked);
  }

  CompletableFuture<Void> revoke() {
    return mailbox.post(Intent.REVOKE);
  }

  CompletableFuture<Void> stopListening() {
    return mailbox.post(Intent.STOP_LISTENING);
  }

  CompletableFuture<Void> letGoIfFinished() {
    return mailbox.post(Intent.LET_GO);
  }

  private void work(Set<Intent> intents) throws IOException {
    try {
      if (place.isRetired()) {
        leave(intents);
      } else {
        live(intents);
      }
    } catch (IOException e) {
      log.warn("{}: {}", transitions.attachment().pod(), e.getMessage());
      transitions.fail(e);
      throw e;
    } catch (RuntimeException | Error e) {
      log.error("{}: the work on it failed", transitions.attachment().pod(), e);
      transitions.fail(e);
      throw e;
    } finally {
      publish();
    }
  }

  private void live(Set<Intent> intents) throws IOException {
    Attachment wanted = target.get();
    if (wanted != null
        && intents.contains(Intent.VERIFY)
        && isLost(wanted)
        && target.compareAndSet(wanted, null)) {
      log.info("{}: its network namespace is gone without a CNI DEL", wanted.pod());
      place.lost(wanted);
    }
    wanted = target.get();
    if (wanted == null) {
      vacate();
      return;
    }
    vacant = false;
    if (!wanted.equals(transitions.attachment())) {
      transitions.take(wanted);
      podAnnotations = wanted.annotations();
    }
    look();
    boolean repaired = intents.contains(Intent.VERIFY) && transitions.verifyAndRepair();
    try {
      transitions.bringInLine();
    } finally {
      remember();
    }
    if (intents.contains(Intent.VERIFY)) {
      transitions.prove(repaired);
    } else if (transitions.isProbeDue()) {
      verify();
    }
    if (intents.contains(Intent.CHECK)) {
      checked = transitions.check();
    }
  }

  /// A Pod of which no namespace was ever seen stays until CNI takes it back.
  private boolean isLost(Attachment wanted) {
    return wanted.isSeen() && !place.captures().hasNetns(wanted);
  }

  /// Works out what is wanted, from what is known now.
  private void look() {
    Policies.Wanted wanted = place.policies().of(transitions.attachment(), podAnnotations);
    transitions.want(wanted.policy());
    podAnnotations = wanted.podAnnotations();
    namespace = wanted.namespace();
  }

  private void remember() {
    Attachment attachment = transitions.attachment();
    Standing standing = transitions.standing();
    try {
      NamespaceRecord known = namespace;
      place
          .store()
          .put(
              new AttachmentStore.Stored(
                  attachment.withAnnotations(podAnnotations),
                  standing.port(),
                  standing instanceof Standing.Shadowed,
                  known == null
                      ? null
                      : new AttachmentStore.KnownNamespace(known.uid(), known.annotations())));
      if (notRemembered != null) {
        log.info("{}: remembered again", attachment.pod());
      }
      notRemembered = null;
    } catch (IOException e) {
      if (notRemembered == null) {
        log.warn(
            "{}: {}, but not remembered for the next agent: {}",
            attachment.pod(),
            standing.state(),
            e.getMessage());
      }
      notRemembered = String.valueOf(e.getMessage());
    }
  }

  /// What cannot be taken out is tried again at the next verification; until then the owner stays.
  private void vacate() throws IOException {
    if (vacant) {
      return; // a new owner may have its id by now
    }
    String id = transitions.attachment().id();
    try {
      transitions.end();
    } finally {
      place.store().remove(id);
    }
    vacant = true;
    place.vacated(this, id);
  }

  /// A retired agent writes neither rules nor store.
  private void leave(Set<Intent> intents) throws IOException {
    PodCapture held = transitions.standing().capture();
    if (held != null && intents.contains(Intent.REVOKE)) {
      held.redirect().revoke();
    }
    if (held != null && intents.contains(Intent.STOP_LISTENING)) {
      held.redirect().stopListening();
    }
    if (intents.contains(Intent.LET_GO)) {
      transitions.letGoIfFinished();
    }
  }

  private void publish() {
    Snapshot before = snapshot;
    Snapshot now = snapshotNow();
    snapshot = now;
    PodState state = now.state();
    if (state != before.state()) {
      log.info("{}: {} ({})", now.attachment().pod(), state, now.told());
    }
    List<String> problems = now.policy().problems();
    if (!problems.isEmpty() && !problems.equals(problemsTold)) {
      log.warn("{}: not in force: {}", now.attachment().pod(), String.join("; ", problems));
    }
    problemsTold = problems;
  }

  private Snapshot snapshotNow() {
    return new Snapshot(
        transitions.attachment(),
        transitions.policy(),
        transitions.standing(),
        transitions.reason(),
        transitions.verified(),
        transitions.repairs(),
        blindSpots(transitions.standing()),
        notRemembered);
  }

  private static List<BlindSpot> blindSpots(Standing standing) {
    return switch (standing) {
      case Standing.Captured(PodCapture held) -> held.redirect().blindSpots();
      case Standing.Failed(_, PodCapture held, _) when held != null -> held.redirect().blindSpots();
      case Standing.Failed _,
          Standing.Off _,
          Standing.Inherited _,
          Standing.Shadowed _,
          Standing.Draining _ ->
          List.of();
    };
  }

  // What others ask; all of it answers at once.

  /// The attachment, as last worked on.
  Attachment attachment() {
    return snapshot.attachment();
  }

  /// The policy, as last worked out.
  PodPolicy policy() {
    return snapshot.policy();
  }

  /// The capture that is held, if there is one.
  @Nullable PodCapture held() {
    return snapshot.standing().capture();
  }

  /// Keeps the redirect working, or ends that (zero).
  void keep(Duration lasting) {
    PodCapture held = held();
    if (held != null) {
      try {
        held.redirect().keep(lasting);
        if (lasting.isPositive()) {
          place.captures().renewed(true);
        }
      } catch (IOException e) {
        place.captures().renewed(false);
        verify();
      }
    }
  }

  /// Adds up what the Pod's connections hold; its new ones wait if it is too much.
  void lookAtBuffers() {
    PodCapture held = held();
    if (held != null) {
      held.traffic().gate().lookAtBuffers();
    }
  }

  /// Whether the Pod holds all that it may, so that its new connections wait.
  boolean isAtItsLimit() {
    PodCapture held = held();
    return held != null && held.traffic().gate().isClosed();
  }

  /// What is known of the Pod changed: the next request asks again.
  void invalidateStamp() {
    PodCapture held = held();
    if (held != null) {
      held.traffic().invalidateStamp();
    }
  }

  /// Signs those of its tokens that are missing or due.
  void renewTokens() {
    PodCapture held = held();
    if (held != null) {
      held.traffic().renewTokens();
    }
  }

  /// The group of its connections; none if it is not captured.
  Stream<ChannelGroup> connections() {
    PodCapture held = held();
    return held == null ? Stream.empty() : Stream.of(held.traffic().connections());
  }

  /// Ends the connections on which nothing is outstanding, and each of the others once that is so.
  void endConnectionsAtRest() {
    connections().forEach(Connections::endAtRest);
  }

  PodStatus status() {
    Snapshot now = snapshot;
    PodCapture held = now.standing().capture();
    return new PodStatus(
        now.attachment(),
        now.policy(),
        now.verified().equals(Instant.EPOCH) ? PodState.OFF : now.state(),
        now.told(),
        held == null || !(now.standing() instanceof Standing.Captured)
            ? ""
            : held.redirect().restraint(),
        now.verified(),
        mailbox.busyFor(),
        now.repairs(),
        Objects.requireNonNullElse(now.notRemembered(), ""),
        held == null ? Hold.NONE : held.redirect().hold(),
        held == null ? null : held.redirect().leaseEnds(),
        held == null ? 0 : held.redirect().port(),
        held == null ? 0 : held.traffic().openConnections(),
        held == null ? "" : held.redirect().proof().told(),
        held == null ? PodMeter.Counts.NONE : held.traffic().counts(),
        now.blindSpots(),
        now.standing() instanceof Standing.Shadowed(PodShadow shadow) ? shadow.counts() : List.of(),
        held == null ? List.of() : held.traffic().proxyTlvs(),
        held == null ? List.of() : held.traffic().tokens());
  }
}
