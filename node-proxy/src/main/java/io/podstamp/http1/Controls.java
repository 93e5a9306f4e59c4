package io.podstamp.http1;

import io.netty.buffer.ByteBuf;

/// Finds the control characters that no line of a head may hold.
final class Controls {
  private static final long SPACES = 0x2020_2020_2020_2020L;
  private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

  private Controls() {}

  /// Where the next byte below SP is, other than TAB; `to` if there is none. Eight are looked at at
  /// once.
  static int next(ByteBuf in, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long below = belowSpace(in.getLongLE(at));
      if (below != 0) {
        int first = at + Long.numberOfTrailingZeros(below) / Byte.SIZE;
        int found = nextByByte(in, first, at + Long.BYTES);
        if (found < at + Long.BYTES) {
          return found;
        }
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

  /// The highest bit of each byte below SP: subtracting sets it, and bytes that had it before are
  /// left out. A borrow may reach the bytes above, so only the lowest of these bits is certain.
  private static long belowSpace(long eight) {
    return (eight - SPACES) & ~eight & HIGHEST_BITS;
  }
}
