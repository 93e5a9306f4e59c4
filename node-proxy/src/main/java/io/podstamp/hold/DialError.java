package io.podstamp.hold;

import io.netty.channel.unix.Errors;
import io.podstamp.os.Errno;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a dial met, as far as its application can be told the same.
enum DialError {
  REFUSED,
  HOST_UNREACHABLE,
  NET_UNREACHABLE,
  PROHIBITED,
  TIMED_OUT,
  /// Anything else: no port, no descriptor, an error that no rule of nf_tables can tell.
  OTHER;

  /// Netty has errno in the text of some exceptions only.
  private static final Pattern NUMBER = Pattern.compile("error\\(-?(\\d+)\\)");

  static DialError of(@Nullable Throwable cause) {
    return switch (errno(cause)) {
      case Errno.ECONNREFUSED -> REFUSED;
      case Errno.EHOSTUNREACH -> HOST_UNREACHABLE;
      case Errno.ENETUNREACH -> NET_UNREACHABLE;
      case Errno.EACCES, Errno.EPERM -> PROHIBITED;
      case Errno.ETIMEDOUT -> TIMED_OUT;
      default -> OTHER;
    };
  }

  /// 0 when it cannot be told.
  private static int errno(@Nullable Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof Errors.NativeIoException failure) {
        return -failure.expectedErr();
      }
      Matcher number = NUMBER.matcher(String.valueOf(each.getMessage()));
      if (number.find()) {
        return Integer.parseInt(number.group(1));
      }
    }
    return 0;
  }
}
