package io.podstamp.pipeline;

/// A user event in the downstream pipeline: whether a stage before the relay holds all that it can,
/// so that the application is not read for now.
public enum HoldBack {
  ON,
  OFF
}
