package io.podstamp.pipeline;

/// User events in the downstream pipeline: this process is leaving.
public enum Leaving {
  /// The connection ends as soon as it is known that nothing is outstanding on it. A stage that
  /// follows what both sides say answers with [AtRest]; without one it is never known.
  WHEN_AT_REST,
  /// What is still open ends now. It may be in the middle of something, so it ends by a reset.
  NOW
}
