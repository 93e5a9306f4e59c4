package io.podstamp.netns;

import io.podstamp.config.Labels;
import org.jspecify.annotations.Nullable;

/// Whether a Pod's SYNs are held until their destination was dialled.
///
/// @param by what hands them to us; null if they are not held: `connect(2)` succeeds before
/// @param problem why they are not though they should be; empty otherwise
public record Hold(@Nullable SynQueueRule by, String problem) {
  /// They are not, by intent.
  public static final Hold NONE = new Hold(null, "");

  /// As a label value: `native`, `xt` or `early`.
  public String mode() {
    return by == null ? "early" : Labels.of(by);
  }
}
