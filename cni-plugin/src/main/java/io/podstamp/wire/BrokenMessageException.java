package io.podstamp.wire;

import java.io.IOException;
import java.io.Serial;

/// Bytes that are no message of the wire contract: cut, oversized, of another version, or not ours
/// at all. The connection they came from is of no further use.
public final class BrokenMessageException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /// @param message one sentence: what was found and what was expected
  BrokenMessageException(String message) {
    super(message);
  }
}
