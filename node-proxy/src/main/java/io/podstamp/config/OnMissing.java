package io.podstamp.config;

/// What becomes of new connections to a receiver while no header can be sent.
public enum OnMissing {
  /// They go direct, without a header, as all others of the Pod; its receiver may refuse them.
  OPEN,
  /// They wait.
  HOLD
}
