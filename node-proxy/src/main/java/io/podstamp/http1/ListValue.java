package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;

/// Comma-separated field values, such as those of `Connection` and `Upgrade` (RFC 9110, section
/// 5.6.1).
final class ListValue {
  /// Which elements of a list are to go.
  interface Unwanted {
    boolean test(ByteBuf bytes, int from, int to);
  }

  private ListValue() {}

  /// Whether the list has that lower-case element, in any case.
  static boolean contains(ByteBuf bytes, int from, int to, byte[] lowerCase) {
    for (int at = from; at < to; ) {
      int end = elementEnd(bytes, at, to);
      int first = skipBlanks(bytes, at, end);
      if (Octets.equalsIgnoreCase(bytes, first, trimBlanks(bytes, first, end), lowerCase)) {
        return true;
      }
      at = end + 1;
    }
    return false;
  }

  /// Whether an element is to go.
  static boolean containsAny(ByteBuf bytes, int from, int to, Unwanted unwanted) {
    for (int at = from; at < to; ) {
      int end = elementEnd(bytes, at, to);
      int first = skipBlanks(bytes, at, end);
      if (unwanted.test(bytes, first, trimBlanks(bytes, first, end))) {
        return true;
      }
      at = end + 1;
    }
    return false;
  }

  /// Writes the elements that stay.
  ///
  /// @return whether there was one
  static boolean copyWithout(ByteBuf bytes, int from, int to, Unwanted unwanted, ByteBuf out) {
    boolean any = false;
    for (int at = from; at < to; ) {
      int end = elementEnd(bytes, at, to);
      int first = skipBlanks(bytes, at, end);
      int last = trimBlanks(bytes, first, end);
      if (last > first && !unwanted.test(bytes, first, last)) {
        if (any) {
          out.writeByte(',').writeByte(' ');
        }
        out.writeBytes(bytes, first, last - first);
        any = true;
      }
      at = end + 1;
    }
    return any;
  }

  private static int elementEnd(ByteBuf bytes, int from, int to) {
    int comma = bytes.indexOf(from, to, (byte) ',');
    return comma < 0 ? to : comma;
  }

  static int skipBlanks(ByteBuf bytes, int from, int to) {
    int at = from;
    while (at < to && Octets.isBlank(bytes.getByte(at))) {
      at++;
    }
    return at;
  }

  static int trimBlanks(ByteBuf bytes, int from, int to) {
    int at = to;
    while (at > from && Octets.isBlank(bytes.getByte(at - 1))) {
      at--;
    }
    return at;
  }
}
