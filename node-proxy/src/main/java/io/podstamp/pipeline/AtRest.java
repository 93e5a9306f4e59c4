package io.podstamp.pipeline;

/// A user event in the downstream pipeline: all that the application asked for has come, and this
/// process is leaving. Both sides end as their peers would.
public enum AtRest {
  EVENT
}
