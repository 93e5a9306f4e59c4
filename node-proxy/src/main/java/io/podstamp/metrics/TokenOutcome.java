package io.podstamp.metrics;

import io.podstamp.config.Labels;

/// What became of a request that was to carry a signed token.
public enum TokenOutcome {
  /// It did.
  SENT,
  /// It went without, since there was none.
  MISSING;

  /// As it is written in metrics.
  String label() {
    return Labels.of(this);
  }
}
