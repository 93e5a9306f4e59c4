package io.podstamp.install;

import java.io.Serial;

/// A network configuration that podstamp cannot be chained into; it is left alone.
final class UnusableException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  /// @param problem `name: value (expected: …)`
  UnusableException(String problem) {
    super(problem);
  }
}
