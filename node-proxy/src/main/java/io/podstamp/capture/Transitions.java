package io.podstamp.capture;

import io.podstamp.config.Decision;
import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.pod.Attachment;
import io.podstamp.redirect.NeighbourException;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How an attachment gets from one [Standing] to the next. Used by its owner's task alone.
///
/// Each step that fails leaves a standing from which the next try can go on, and nothing held that
/// is not in it.
final class Transitions {
  private static final Logger log = LoggerFactory.getLogger(Transitions.class);

  private final Captures captures;
  private Attachment attachment;
  private PodPolicy policy;
  private Standing standing;
  private String reason = "not looked at yet";
  private Instant verified = Instant.EPOCH;
  private PodStatus.Repairs repairs = PodStatus.Repairs.NONE;
  private @Nullable String neighbour;

  Transitions(Captures captures, Attachment attachment, PodPolicy policy, Standing standing) {
    this.captures = captures;
    this.attachment = attachment;
    this.policy = policy;
    this.standing = standing;
  }

  Attachment attachment() {
    return attachment;
  }

  PodPolicy policy() {
    return policy;
  }

  Standing standing() {
    return standing;
  }

  /// Why it stands there, in one sentence.
  String reason() {
    return reason;
  }

  /// When it was last looked at in the kernel.
  Instant verified() {
    return verified;
  }

  PodStatus.Repairs repairs() {
    return repairs;
  }

  /// What is wanted from now on; [#bringInLine] does it.
  void want(PodPolicy now) {
    policy = now;
  }

  /// The attachment was made anew under the same id.
  void take(Attachment wanted) {
    if (wanted.netnsInode() != attachment.netnsInode()) {
      try {
        letGo();
      } catch (IOException e) {
        log.debug("{}: not all was taken out of {}: {}", attachment.pod(), attachment.netns(), e);
        standing = new Standing.Off();
      }
    }
    attachment = wanted;
  }

  /// Does what the policy wants.
  void bringInLine() throws IOException {
    neighbour = null;
    switch (policy.enablement().value()) {
      case ENABLED -> captureUnlessSidecar();
      case DISABLED -> release();
      case SHADOW -> {
        if (!(standing instanceof Standing.Shadowed)) {
          release();
        }
        if (standing instanceof Standing.Off) {
          standing = new Standing.Shadowed(captures.shadow(attachment));
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
      held = captures.open(attachment, policy, port);
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
    return !attachment.isSeen() || captures.removeInherited(attachment, port)
        ? new Standing.Off()
        : new Standing.Inherited(port);
  }

  /// Looks into the kernel, and puts back what is gone.
  ///
  /// @return whether something was; [#bringInLine] completes it
  boolean verifyAndRepair() throws IOException {
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
    captures.repaired();
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

  boolean isProbeDue() {
    PodCapture held = standing.capture();
    return held != null && held.redirect().isProbeDue();
  }

  /// After rules were written only a connection shows that they work.
  void prove(boolean repaired) {
    PodCapture held = standing.capture();
    if (held != null && (repaired || held.redirect().isProbeDue())) {
      String wrong = held.redirect().verify();
      if (!(standing instanceof Standing.Draining)) {
        stand(held, wrong);
      }
    }
  }

  /// Keeps what is held in a capture; the next round begins there.
  void fail(Throwable cause) {
    if (standing instanceof Standing.Shadowed shadowed) {
      standing = new Standing.Inherited(0);
      closeQuietly(shadowed.shadow());
    }
    reason =
        cause instanceof IOException ? String.valueOf(cause.getMessage()) : String.valueOf(cause);
    standing = new Standing.Failed(reason, standing.capture(), standing.port());
    verified = Instant.now();
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
      case Standing.Captured(PodCapture held) -> close(held);
      case Standing.Draining(PodCapture held) -> close(held);
      case Standing.Failed(_, PodCapture held, _) when held != null -> close(held);
      case Standing.Failed _ -> removeLeftRules();
    }
    standing = new Standing.Off();
  }

  private void removeLeftRules() throws IOException {
    if (captures.hasNetns(attachment)) {
      captures.removeInherited(attachment, 0);
    }
  }

  private static void close(PodCapture held) throws IOException {
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

  /// Compares what was made with what is there, for a caller that changes nothing.
  ///
  /// @return null when all is well, else what is wrong
  @Nullable String check() {
    return standing instanceof Standing.Failed failed ? failed.why() : difference();
  }

  /// Lets go of listener and namespace if no connection is left, or the Pod is gone; rules stay,
  /// they are the next agent's.
  void letGoIfFinished() throws IOException {
    PodCapture held = standing.capture();
    if (held != null && (held.traffic().openConnections() == 0 || !captures.hasNetns(attachment))) {
      standing = new Standing.Inherited(held.redirect().port());
      held.close();
    }
  }

  /// Nothing of it is left.
  void end() throws IOException {
    letGo();
    reason = "the Pod was deleted";
  }

  private static String decided(Decision<Enablement> enablement) {
    return enablement.value() + " by " + enablement.origin().label();
  }
}
