package io.podstamp.signing;

import org.jspecify.annotations.Nullable;

/// No token can be signed now.
public final class SigningException extends Exception {
  private static final long serialVersionUID = 1;

  /// @param why one sentence without its full stop
  SigningException(String why, @Nullable Throwable cause) {
    super(why, cause);
  }
}
