package io.podstamp.config;

/// What becomes of a header that the client sent itself.
public enum HeaderMode {
  /// Removed; ours is the only one.
  SET,
  /// Joined into one field line, ours last.
  APPEND,
  /// Kept; ours is sent only when the client sent none.
  IF_ABSENT,
  /// Removed; nothing is sent.
  REMOVE
}
