package io.podstamp.config;

/// What happens to traffic that cannot be stamped safely.
public enum Profile {
  /// Relayed untouched and counted; the redirect fails open.
  TRANSPARENT,
  /// Refused with `400` and a close; the redirect fails closed.
  STRICT
}
