package io.podstamp.netns;

import java.io.IOException;

/// A path does not lead to a Pod's network namespace: no such file, no netns, or the host's own.
public final class NotPodNetnsException extends IOException {
  private static final long serialVersionUID = 1L;

  NotPodNetnsException(String message) {
    super(message);
  }

  NotPodNetnsException(String message, Throwable cause) {
    super(message, cause);
  }
}
