package io.podstamp.metrics;

import io.podstamp.config.Labels;

/// What became of a held SYN.
public enum SynOutcome {
  /// The server answered; the application's connection went to our listener.
  CONNECTED,
  /// The application was told that nobody listens there.
  REFUSED,
  /// The application was told that there is no way there.
  UNREACHABLE,
  /// The application gave up, or the time that the kernel gives a dial was over.
  GIVEN_UP,
  /// It went on as if nobody had held it: bound to a device, signed, or there was no socket left
  /// for our dial. Such a connection is not stamped.
  DIRECT,
  /// It could not be dialled, and its Pod is strict: its sender repeats it.
  DROPPED;

  /// As a label value.
  public String label() {
    return Labels.of(this);
  }
}
