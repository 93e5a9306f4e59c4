package io.podstamp.pipeline;

/// A user event in the downstream pipeline: end both sides at once with a reset.
///
/// @param reason for the log, in a few words
public record Abort(String reason) {}
