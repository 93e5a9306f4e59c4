package io.podstamp.redirect;

import java.io.IOException;

/// A podstamp sidecar redirects the Pod's connections already: the agent leaves such a Pod alone.
public final class NeighbourException extends IOException {
  /// Its message.
  public static final String SENTENCE = "a podstamp sidecar in the Pod redirects its connections";

  private static final long serialVersionUID = 1;

  NeighbourException() {
    super(SENTENCE);
  }
}
