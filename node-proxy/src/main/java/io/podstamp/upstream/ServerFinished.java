package io.podstamp.upstream;

/// A user event in the downstream pipeline: the server sends nothing more.
public enum ServerFinished {
  EVENT
}
