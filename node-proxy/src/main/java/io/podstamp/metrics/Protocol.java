package io.podstamp.metrics;

import io.podstamp.config.Labels;

/// What an application speaks, as far as the first bytes of its connection tell.
public enum Protocol {
  HTTP1,
  HTTP2,
  TLS,
  OTHER;

  /// As a label value and in the connection log.
  public String label() {
    return Labels.of(this);
  }
}
