package io.podstamp.pipeline;

/// A user event in the downstream pipeline: the server sends nothing more.
public enum ServerFinished {
  EVENT
}
