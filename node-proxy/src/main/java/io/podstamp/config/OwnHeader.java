package io.podstamp.config;

/// What becomes of a header of the PROXY protocol that an application sends itself, where one is
/// sent for it.
public enum OwnHeader {
  /// It is taken out.
  SET,
  /// It passes, and is the only one; ours is not sent.
  PASS
}
