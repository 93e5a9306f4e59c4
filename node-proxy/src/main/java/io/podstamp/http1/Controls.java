package io.podstamp.http1;

import io.netty.buffer.ByteBuf;

/// Finds the control characters that no line of a head may hold.
final class Controls {
  private Controls() {}

  /// Where the next byte below SP is, other than TAB; `to` if there is none. Eight are looked at at
  /// once, until there may be one.
  static int next(ByteBuf in, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      if (isClear(in.getLong(at))) {
        continue;
      }
      int found = nextByByte(in, at, at + Long.BYTES);
      if (found < at + Long.BYTES) {
        return found;
      }
    }
    return nextByByte(in, at, to);
  }

  private static int nextByByte(ByteBuf in, int from, int to) {
    int at = from;
    while (at < to && !isControl(in.getByte(at))) {
      at++;
    }
    return at;
  }

  private static boolean isControl(byte b) {
    return b >= 0 && b < ' ' && b != '\t';
  }

  /// Whether each of the eight bytes is SP at least: subtracting sets the highest bit of a byte
  /// below that, or of one that had it set before.
  private static boolean isClear(long eight) {
    return ((eight - 0x2020_2020_2020_2020L) & ~eight & 0x8080_8080_8080_8080L) == 0;
  }
}
