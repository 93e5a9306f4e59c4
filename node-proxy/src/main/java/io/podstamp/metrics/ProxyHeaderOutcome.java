package io.podstamp.metrics;

import io.podstamp.config.Labels;

/// What came of the header of the PROXY protocol that a connection begins with.
public enum ProxyHeaderOutcome {
  /// Ours went out.
  SENT,
  /// One that the application sent itself was taken out behind it.
  REPLACED,
  /// The application's own was left, instead of ours.
  PASSED;

  /// As a label value and in the connection log.
  public String label() {
    return Labels.of(this);
  }
}
