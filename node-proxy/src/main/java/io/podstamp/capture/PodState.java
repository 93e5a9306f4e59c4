package io.podstamp.capture;

/// Where a Pod stands, as last verified.
///
/// ```
///   OFF ──enabled──► CAPTURED ──disabled──► DRAINING ──last connection ends──► OFF
///    ├──enabled, fails──► FAILED ──next try──► CAPTURED
///    └──shadow──► SHADOW ──enabled──► CAPTURED
/// ```
public enum PodState {
  /// Not captured, and not to be.
  OFF,
  /// Listener, rules and lease were found in place.
  CAPTURED,
  /// Not captured; what would be is counted.
  SHADOW,
  /// Not to be captured any more; proxied connections finish.
  DRAINING,
  /// To be captured, and it could not be done; traffic goes direct, or nowhere in profile strict.
  FAILED
}
