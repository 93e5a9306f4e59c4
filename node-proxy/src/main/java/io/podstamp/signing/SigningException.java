package io.podstamp.signing;

/// No token can be signed now.
public final class SigningException extends Exception {
  private static final long serialVersionUID = 1;

  /// @param why one sentence without its full stop
  SigningException(String why, Throwable cause) {
    super(why, cause);
  }
}
