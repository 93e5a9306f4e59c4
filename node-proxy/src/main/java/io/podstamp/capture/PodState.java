package io.podstamp.capture;

/// Where a Pod stands, as last verified.
///
/// ```
///   OFF ──enabled──► CAPTURED ──disabled──► DRAINING ──last connection ends──► OFF
///    │                     └──a way past the rules is seen──► PARTIAL
///    ├──enabled, fails──► FAILED ──next try──► CAPTURED
///    └──shadow──► SHADOW ──enabled──► CAPTURED
/// ```
public enum PodState {
  /// Not captured, and not to be.
  OFF,
  /// Listener, rules and lease were found in place.
  CAPTURED,
  /// Captured as far as it goes: some of its traffic takes ways that pass no rule of the Pod.
  PARTIAL,
  /// Not captured; what would be is counted.
  SHADOW,
  /// Not to be captured any more; proxied connections finish.
  DRAINING,
  /// Capture failed. Traffic bypasses podstamp; with profile strict it is blocked. Or all of it may
  /// pass our rules by, as a virtual machine's does.
  FAILED
}
