package io.podstamp.pipeline;

/// A user event in the downstream pipeline: so many bytes of a body come next, of which no stage
/// will hold any.
public record BodyAhead(long bytes) {
  /// From how many bytes on it is worth telling.
  public static final long LEAST = 1 << 20;
}
