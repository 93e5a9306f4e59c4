package io.podstamp.upstream;

import java.io.IOException;
import java.io.Serial;

/// No local port is free for a dial: `EADDRNOTAVAIL`. The application has the last one.
public final class NoPortException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /// How Netty writes that errno, which it does not tell otherwise
  /// (`Errors.throwConnectException`).
  private static final String WRITTEN = "error(-99)";

  private NoPortException(IOException cause) {
    super(cause.getMessage(), cause);
  }

  /// What a dial failed by, as itself or as one of these.
  static IOException or(IOException failure) {
    String message = failure.getMessage();
    return message != null && message.contains(WRITTEN) ? new NoPortException(failure) : failure;
  }
}
