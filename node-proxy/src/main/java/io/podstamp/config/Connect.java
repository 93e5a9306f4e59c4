package io.podstamp.config;

/// When `connect(2)` of a captured destination succeeds.
public enum Connect {
  /// When the destination has answered: its SYN is held until then, where the kernel can.
  TRUE,
  /// At once, whatever becomes of the dial.
  EARLY
}
