package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import org.slf4j.Logger;

/// Says once that the API server does not take what is written to it, and counts the rest until it
/// does.
final class LogOnce {
  private final Logger log;
  private final String what;
  private int failures;

  /// @param what in the message, such as `events`
  LogOnce(Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  synchronized void failed(KubernetesClientException cause) {
    if (failures++ == 0) {
      log.warn(
          "{} are not written{}: {}; further failures are counted only",
          what,
          cause.getCode() == 403
              ? " (the rights are missing; docs/operating.md has the overlay)"
              : "",
          cause.getMessage());
    }
  }

  synchronized void succeeded() {
    if (failures > 0) {
      log.info("{} are written again, after {} failures", what, failures);
      failures = 0;
    }
  }
}
