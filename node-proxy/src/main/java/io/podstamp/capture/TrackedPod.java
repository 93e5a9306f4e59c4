package io.podstamp.capture;

import io.podstamp.config.Decision;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.metrics.PodMeter;
import io.podstamp.netns.Netns;
import io.podstamp.pod.Attachment;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One attachment and where it stands; the state machine of [PodState]. One change at a time:
/// whoever wants the next one waits.
final class TrackedPod {
  private static final Logger log = LoggerFactory.getLogger(TrackedPod.class);

  private final Attachment attachment;
  private final CaptureFactory captures;
  private volatile @Nullable Capture capture;
  private @Nullable Shadow shadow;
  private PodPolicy policy;
  private PodState state = PodState.OFF;
  private String reason = "not looked at yet";
  private Instant verified = Instant.EPOCH;
  private PodStatus.Repairs repairs = PodStatus.Repairs.NONE;
  private int port;
  private boolean gone;

  /// @param port where the listener was bound last; 0 if nowhere
  TrackedPod(Attachment attachment, PodPolicy policy, int port, CaptureFactory captures) {
    this.attachment = attachment;
    this.policy = policy;
    this.port = port;
    this.captures = captures;
  }

  Attachment attachment() {
    return attachment;
  }

  /// Does what the policy wants.
  ///
  /// @throws IOException when it cannot be done; the state says so too
  synchronized void follow(PodPolicy wanted) throws IOException {
    policy = wanted;
    if (gone) {
      return;
    }
    try {
      switch (wanted.enablement().value()) {
        case ENABLED -> {
          closeShadow(); // its rules are written over
          captured();
        }
        case DISABLED -> {
          if (shadow != null) {
            shadow.removeRules();
            closeShadow();
          }
          released();
        }
        case SHADOW -> {
          if (shadow == null) {
            released();
          }
          if (shadow != null || state == PodState.OFF) {
            shadowed();
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      become(PodState.FAILED, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private void captured() throws IOException {
    Capture current = capture;
    if (current == null) {
      current = captures.open(attachment, policy, port);
      capture = current;
      port = current.port();
    } else {
      current.apply(policy);
    }
    String unproved = current.proof().failure();
    if (unproved == null) {
      become(PodState.CAPTURED, decided(policy.enablement()));
    } else {
      become(PodState.FAILED, unproved);
    }
  }

  private void shadowed() throws IOException {
    Shadow current = shadow;
    if (current == null) {
      current = captures.shadow(attachment);
      shadow = current;
    }
    current.apply(policy);
    become(PodState.SHADOW, decided(policy.enablement()));
  }

  private void closeShadow() throws IOException {
    Shadow current = shadow;
    shadow = null;
    if (current != null) {
      current.close();
    }
  }

  private void released() throws IOException {
    Capture current = capture;
    if (current == null) {
      releaseInherited();
      return;
    }
    if (!current.isDraining()) {
      current.drain();
    }
    if (current.openConnections() > 0 || current.hasSockets(captures.doorway())) {
      become(PodState.DRAINING, decided(policy.enablement()));
      return;
    }
    current.removeRules();
    port = 0;
    close();
    become(PodState.OFF, decided(policy.enablement()));
  }

  /// The rules of an agent that was there before stay while it lets its connections finish: taking
  /// them out would reset those.
  private void releaseInherited() throws IOException {
    if (port != 0) {
      if (!captures.removeInherited(attachment, port)) {
        become(PodState.DRAINING, decided(policy.enablement()));
        return;
      }
      port = 0;
    }
    become(PodState.OFF, decided(policy.enablement()));
  }

  /// Looks into the kernel, and changes nothing.
  ///
  /// @return null when all is as it should be, else what is wrong
  synchronized @Nullable String check() {
    Capture current = capture;
    if (state == PodState.FAILED) {
      return reason;
    }
    if (!hasNetns()) {
      return "the Pod's network namespace is gone";
    }
    return current == null ? null : current.verify();
  }

  /// Looks into the kernel, and repairs what differs.
  synchronized void verify() throws IOException {
    Capture current = capture;
    if (gone) {
      return;
    }
    if (shadow != null) {
      verifyShadow(shadow);
      return;
    }
    if (current == null) {
      return;
    }
    String wrong = current.verify();
    if (wrong == null) {
      become(state, reason);
      return;
    }
    if (!wrong.equals(reason)) {
      log.warn("{}: {}; repairing", attachment.pod(), wrong);
    }
    if (!current.isListening()) {
      close();
    }
    current.distrustRules();
    follow(policy);
    repairs = repairs.andNow(wrong);
    captures.metrics().podRepaired();
    Capture repaired = capture;
    String still = repaired == null ? null : repaired.verify();
    if (still != null) {
      become(PodState.FAILED, still);
    }
  }

  /// Makes a connection inside the Pod now, and repairs nothing.
  ///
  /// @return null if it was captured, else what is wrong
  synchronized @Nullable String probe() {
    Capture current = capture;
    return current == null ? "the Pod is not captured" : current.probe();
  }

  /// Whether nothing has shown yet that the Pod's connections are captured by the rules it has.
  boolean isUnproved() {
    Capture current = capture;
    return current != null && current.isProbeDue();
  }

  private void verifyShadow(Shadow current) throws IOException {
    try {
      current.apply(policy);
    } catch (IOException e) {
      log.warn("{}: {}; repairing", attachment.pod(), e.getMessage());
      current.distrustRules();
      follow(policy);
      repairs = repairs.andNow("the counting rules are gone");
      captures.metrics().podRepaired();
    }
  }

  /// The Pod is deleted: nothing of it is kept.
  synchronized void forget() throws IOException {
    gone = true;
    become(PodState.OFF, "the Pod was deleted");
    closeShadow();
    close();
  }

  /// What is known of the Pod changed: the next request asks again.
  void invalidateStamps() {
    Capture current = capture;
    if (current != null) {
      current.invalidateStamps();
    }
  }

  /// The Pod's new connections go direct from now on, for as long as nobody renews; the agent is
  /// leaving.
  synchronized void revokeLease() throws IOException {
    Capture current = capture;
    if (current != null && policy.profile().value() == Profile.TRANSPARENT) {
      current.revokeLease();
    }
  }

  /// Keeps the redirect working, if there is one.
  void renewLease(Duration lasting) throws IOException {
    Capture current = capture;
    if (current != null) {
      current.renewLease(lasting);
    }
  }

  /// Adds up what the Pod's connections hold; its new ones wait if it is too much.
  void lookAtBuffers() {
    Capture current = capture;
    if (current != null) {
      current.gate().lookAtBuffers();
    }
  }

  /// Whether the Pod holds all that it may, so that its new connections wait.
  boolean isAtItsLimit() {
    Capture current = capture;
    return current != null && current.gate().isClosed();
  }

  /// No new connections; those that wait to be accepted move to the next agent's listener.
  void stopListening() {
    Capture current = capture;
    if (current != null) {
      current.stopListening();
    }
  }

  /// Ends idle connections: those over which nothing has passed since the last call.
  void endIdleConnections() {
    Capture current = capture;
    if (current != null) {
      current.endIdleConnections();
    }
  }

  /// Lets the namespace go when no connection is left in it, or the Pod is gone; the rules are the
  /// next agent's.
  synchronized void letGoIfFinished() throws IOException {
    Capture current = capture;
    if (current != null && (current.openConnections() == 0 || !hasNetns())) {
      close();
    }
  }

  /// Whether the namespace is still there; without it the Pod is gone, whether or not CNI said so.
  boolean hasNetns() {
    return Netns.isAt(attachment.netns(), attachment.netnsInode());
  }

  synchronized int port() {
    return port;
  }

  synchronized PodStatus status() {
    Capture current = capture;
    String restraint = current == null || state != PodState.CAPTURED ? "" : current.restraint();
    return new PodStatus(
        attachment,
        policy,
        state,
        restraint.isEmpty() ? reason : reason + "; " + restraint,
        verified,
        repairs,
        current == null ? null : current.leaseEnds(),
        current == null ? 0 : port,
        current == null ? 0 : current.openConnections(),
        current == null ? "" : current.proof().told(),
        current == null ? PodMeter.Counts.NONE : current.counts(),
        shadow == null ? List.of() : shadow.counts());
  }

  private void close() throws IOException {
    Capture current = capture;
    capture = null;
    if (current != null) {
      current.close();
    }
  }

  private void become(PodState next, String why) {
    if (next != state) {
      log.info("{}: {} ({})", attachment.pod(), next, why);
    }
    state = next;
    reason = why;
    verified = Instant.now();
  }

  private static String decided(Decision<Enablement> enablement) {
    return enablement.value() + " by " + enablement.origin().label();
  }
}
