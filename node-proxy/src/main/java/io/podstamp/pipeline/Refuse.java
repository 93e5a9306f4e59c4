package io.podstamp.pipeline;

/// A user event in the downstream pipeline: a refusal was written to the application. The server's
/// side is reset, the application's is closed once the refusal is out.
///
/// @param reason for the log, in a few words
public record Refuse(String reason) {}
