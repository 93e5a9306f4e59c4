package io.podstamp.pipeline;

/// The agent is leaving: a connection over which nothing has passed since the last such event, and
/// on which the server spoke last, ends. One whose request awaits its answer does not.
public enum EndIfIdle {
  EVENT
}
