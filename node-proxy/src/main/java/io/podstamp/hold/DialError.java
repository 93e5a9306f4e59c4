package io.podstamp.hold;

import io.podstamp.os.Errno;

/// What a dial met, as far as its application can be told the same.
enum DialError {
  REFUSED,
  HOST_UNREACHABLE,
  NET_UNREACHABLE,
  PROHIBITED,
  TIMED_OUT,
  /// It was through, and the server has reset it since.
  RESET,
  /// Anything else: no port, no descriptor, an error that no rule of nf_tables can tell.
  OTHER;

  static DialError of(int errno) {
    return switch (errno) {
      case Errno.ECONNREFUSED -> REFUSED;
      case Errno.EHOSTUNREACH -> HOST_UNREACHABLE;
      case Errno.ENETUNREACH -> NET_UNREACHABLE;
      case Errno.EACCES -> PROHIBITED;
      case Errno.ETIMEDOUT -> TIMED_OUT;
      case Errno.ECONNRESET -> RESET;
      default -> OTHER;
    };
  }
}
