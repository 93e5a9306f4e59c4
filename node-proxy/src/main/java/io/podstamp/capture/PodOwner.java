package io.podstamp.capture;

import io.netty.channel.group.ChannelGroup;
import io.podstamp.config.Decision;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.metrics.PodMeter;
import io.podstamp.pod.Attachment;
import io.podstamp.policy.Policies;
import io.podstamp.redirect.Mailbox;
import io.podstamp.redirect.NeighbourException;
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
  private volatile @Nullable String checked;

  // The task's own.
  private Attachment attachment;
  private Map<String, String> podAnnotations;
  private @Nullable NamespaceRecord namespace;
  private PodPolicy policy;
  private Standing standing;
  private String reason = "not looked at yet";
  private Instant verified = Instant.EPOCH;
  private PodStatus.Repairs repairs = PodStatus.Repairs.NONE;
  private @Nullable String notRemembered;
  private boolean vacant;
  private @Nullable String neighbour;

  /// What others see of the owner's state; a new one after each round.
  private record Snapshot(
      Attachment attachment,
      PodPolicy policy,
      Standing standing,
      String reason,
      Instant verified,
      PodStatus.Repairs repairs,
      @Nullable String notRemembered) {}

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
    this.attachment = attachment;
    this.podAnnotations = attachment.annotations();
    this.policy = place.policies().known(attachment);
    this.standing = standing;
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
      log.warn("{}: {}", attachment.pod(), e.getMessage());
      fail(e);
      throw e;
    } catch (RuntimeException | Error e) {
      log.error("{}: the work on it failed", attachment.pod(), e);
      fail(e);
      throw e;
    } finally {
      publish();
    }
  }

  /// Keeps what is held in a capture; the next round begins there.
  private void fail(Throwable cause) {
    if (standing instanceof Standing.Shadowed shadowed) {
      standing = new Standing.Inherited(0);
      closeQuietly(shadowed.shadow());
    }
    reason =
        cause instanceof IOException ? String.valueOf(cause.getMessage()) : String.valueOf(cause);
    standing = new Standing.Failed(reason, standing.capture(), standing.port());
    verified = Instant.now();
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
    if (!wanted.equals(attachment)) {
      take(wanted);
    }
    look();
    boolean repaired = intents.contains(Intent.VERIFY) && verifyAndRepair();
    try {
      bringInLine();
    } finally {
      remember();
    }
    if (intents.contains(Intent.VERIFY)) {
      prove(repaired);
    } else if (isProbeDue()) {
      verify();
    }
    if (intents.contains(Intent.CHECK)) {
      checked = standing instanceof Standing.Failed failed ? failed.why() : difference();
    }
  }

  /// A Pod of which no namespace was ever seen stays until CNI takes it back.
  private boolean isLost(Attachment wanted) {
    return wanted.isSeen() && !place.captures().hasNetns(wanted);
  }

  /// The attachment was made anew under the same id.
  private void take(Attachment wanted) {
    if (wanted.netnsInode() != attachment.netnsInode()) {
      try {
        letGo();
      } catch (IOException e) {
        log.debug("{}: not all was taken out of {}: {}", attachment.pod(), attachment.netns(), e);
        standing = new Standing.Off();
      }
    }
    attachment = wanted;
    podAnnotations = wanted.annotations();
  }

  /// Works out what is wanted, from what is known now.
  private void look() {
    Policies.Wanted wanted = place.policies().of(attachment, podAnnotations);
    policy = wanted.policy();
    podAnnotations = wanted.podAnnotations();
    namespace = wanted.namespace();
  }

  /// Does what the policy wants.
  private void bringInLine() throws IOException {
    neighbour = null;
    switch (policy.enablement().value()) {
      case ENABLED -> captureUnlessSidecar();
      case DISABLED -> release();
      case SHADOW -> {
        if (!(standing instanceof Standing.Shadowed)) {
          release();
        }
        if (standing instanceof Standing.Off) {
          standing = new Standing.Shadowed(place.captures().shadow(attachment));
        }
        if (standing instanceof Standing.Shadowed(PodShadow shadow)) {
          shadow.follow(policy);
        }
      }
    }
    verified = Instant.now();
    if (neighbour != null) {
      reason = neighbour;
    } else if (!(standing instanceof Standing.Failed)) {
      reason = decided(policy.enablement());
    }
  }

  private void captureUnlessSidecar() throws IOException {
    PodCapture held = standing.capture();
    if (held != null && held.redirect().hasNeighbour()) {
      leaveToSidecar();
      return;
    }
    try {
      capture();
    } catch (NeighbourException e) {
      leaveToSidecar();
    }
  }

  private void leaveToSidecar() throws IOException {
    neighbour = NeighbourException.SENTENCE;
    release();
  }

  private void capture() throws IOException {
    PodCapture held = standing.capture();
    if (held == null) {
      int port = standing.port();
      if (standing instanceof Standing.Shadowed(PodShadow shadow)) {
        standing = new Standing.Inherited(0); // its rules are written over
        shadow.close();
      }
      held = place.captures().open(attachment, policy, port);
    } else {
      held.follow(policy);
    }
    stand(held, held.redirect().proof().failure());
  }

  private void stand(PodCapture held, @Nullable String wrong) {
    if (wrong == null) {
      standing = new Standing.Captured(held);
    } else {
      standing = new Standing.Failed(wrong, held, held.redirect().port());
      reason = wrong;
    }
  }

  private void release() throws IOException {
    standing =
        switch (standing) {
          case Standing.Off off -> off;
          case Standing.Shadowed shadowed -> {
            shadowed.shadow().removeRules();
            standing = new Standing.Inherited(0);
            shadowed.shadow().close();
            yield new Standing.Off();
          }
          case Standing.Inherited inherited -> released(inherited.port());
          case Standing.Captured captured -> released(captured.capture());
          case Standing.Draining draining -> released(draining.capture());
          case Standing.Failed(_, PodCapture held, _) when held != null -> released(held);
          case Standing.Failed failed -> released(failed.port());
        };
  }

  private Standing released(PodCapture held) throws IOException {
    held.redirect().drain();
    if (held.isBusy()) {
      return new Standing.Draining(held);
    }
    held.redirect().removeRules();
    standing = new Standing.Inherited(held.redirect().port());
    held.close();
    return new Standing.Off();
  }

  /// The rules of an agent that was there before stay while it lets its connections finish.
  private Standing released(int port) throws IOException {
    return !attachment.isSeen() || place.captures().removeInherited(attachment, port)
        ? new Standing.Off()
        : new Standing.Inherited(port);
  }

  /// @return whether something was put back; [#bringInLine] completes it
  private boolean verifyAndRepair() throws IOException {
    PodCapture held = standing.capture();
    String wrong = difference();
    if (wrong == null || (held != null && held.redirect().hasNeighbour())) {
      return false;
    }
    if (!wrong.equals(reason)) {
      log.warn("{}: {}; repairing", attachment.pod(), wrong);
    }
    if (standing instanceof Standing.Shadowed(PodShadow shadow)) {
      shadow.distrust();
    }
    if (held != null && held.redirect().isListening()) {
      held.redirect().repair();
    } else if (held != null) {
      standing = new Standing.Inherited(held.redirect().port());
      held.close();
    }
    repairs = repairs.andNow(wrong);
    place.captures().repaired();
    return true;
  }

  /// Compares what was made with what is there; null when it is the same.
  private @Nullable String difference() {
    if (standing instanceof Standing.Shadowed(PodShadow shadow)) {
      try {
        shadow.follow(policy);
        return null;
      } catch (IOException e) {
        return "the counting rules are gone";
      }
    }
    PodCapture held = standing.capture();
    return held == null ? null : held.redirect().verify();
  }

  private boolean isProbeDue() {
    PodCapture held = standing.capture();
    return held != null && held.redirect().isProbeDue();
  }

  /// After rules were written only a connection shows that they work.
  private void prove(boolean repaired) {
    PodCapture held = standing.capture();
    if (held != null && (repaired || held.redirect().isProbeDue())) {
      String wrong = held.redirect().verify();
      if (!(standing instanceof Standing.Draining)) {
        stand(held, wrong);
      }
    }
  }

  private void remember() {
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
    String id = attachment.id();
    try {
      letGo();
    } finally {
      place.store().remove(id);
    }
    reason = "the Pod was deleted";
    vacant = true;
    place.vacated(this, id);
  }

  /// The Pod has no use for it any more, whatever state it is in. When that fails only rules may be
  /// left.
  private void letGo() throws IOException {
    Standing before = standing;
    standing = new Standing.Inherited(before.port());
    switch (before) {
      case Standing.Off _ -> {}
      case Standing.Shadowed(PodShadow shadow) -> {
        try (shadow) {
          shadow.removeRules();
        }
      }
      case Standing.Inherited _ -> removeLeftRules();
      case Standing.Captured(PodCapture held) -> end(held);
      case Standing.Draining(PodCapture held) -> end(held);
      case Standing.Failed(_, PodCapture held, _) when held != null -> end(held);
      case Standing.Failed _ -> removeLeftRules();
    }
    standing = new Standing.Off();
  }

  private void removeLeftRules() throws IOException {
    if (place.captures().hasNetns(attachment)) {
      place.captures().removeInherited(attachment, 0);
    }
  }

  private static void end(PodCapture held) throws IOException {
    try (held) {
      held.redirect().removeRules();
    }
  }

  private void closeQuietly(PodShadow shadow) {
    try {
      shadow.close();
    } catch (IOException e) {
      log.debug("{}: {}", attachment.pod(), e.getMessage());
    }
  }

  /// A retired agent writes neither rules nor store.
  private void leave(Set<Intent> intents) throws IOException {
    PodCapture held = standing.capture();
    if (held == null) {
      return;
    }
    if (intents.contains(Intent.REVOKE)) {
      held.redirect().revoke();
    }
    if (intents.contains(Intent.STOP_LISTENING)) {
      held.redirect().stopListening();
    }
    if (intents.contains(Intent.LET_GO)
        && (held.traffic().openConnections() == 0 || !place.captures().hasNetns(attachment))) {
      standing = new Standing.Inherited(held.redirect().port());
      held.close();
    }
  }

  private void publish() {
    Snapshot before = snapshot;
    Snapshot now = snapshotNow();
    snapshot = now;
    PodState state = now.standing().state();
    if (state != before.standing().state()) {
      log.info("{}: {} ({})", attachment.pod(), state, reason);
    }
  }

  private Snapshot snapshotNow() {
    return new Snapshot(attachment, policy, standing, reason, verified, repairs, notRemembered);
  }

  private static String decided(Decision<Enablement> enablement) {
    return enablement.value() + " by " + enablement.origin().label();
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
        now.verified().equals(Instant.EPOCH) ? PodState.OFF : now.standing().state(),
        now.reason(),
        held == null || !(now.standing() instanceof Standing.Captured)
            ? ""
            : held.redirect().restraint(),
        now.verified(),
        mailbox.busyFor(),
        now.repairs(),
        Objects.requireNonNullElse(now.notRemembered(), ""),
        held == null ? null : held.redirect().leaseEnds(),
        held == null ? 0 : held.redirect().port(),
        held == null ? 0 : held.traffic().openConnections(),
        held == null ? "" : held.redirect().proof().told(),
        held == null ? PodMeter.Counts.NONE : held.traffic().counts(),
        now.standing() instanceof Standing.Shadowed(PodShadow shadow)
            ? shadow.counts()
            : List.of());
  }
}
