package io.podstamp.cni;

/// The error codes of the specification that podstamp uses, and its own (100 and above). CNI spec
/// 1.1.0, section 5, "Error".
public enum CniErrorCode {
  INCOMPATIBLE_VERSION(1),
  INVALID_ENVIRONMENT(4),
  IO_FAILURE(5),
  DECODING_FAILURE(6),
  INVALID_CONFIG(7),
  TRY_AGAIN_LATER(11),
  /// An attachment is not as ADD left it: CHECK's answer.
  BROKEN_ATTACHMENT(100),
  /// A mistake in podstamp; the number is the one that libcni uses for its own.
  INTERNAL(999);

  private final int number;

  CniErrorCode(int number) {
    this.number = number;
  }

  /// As it appears in the error object.
  public int number() {
    return number;
  }
}
