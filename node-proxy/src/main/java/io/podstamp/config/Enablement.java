package io.podstamp.config;

/// Whether a Pod's requests are stamped.
public enum Enablement {
  /// Nothing is done to the Pod.
  DISABLED,
  /// Redirected and stamped.
  ENABLED,
  /// What would be captured is counted; nothing is redirected.
  SHADOW
}
