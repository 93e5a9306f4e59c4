package io.podstamp.stamp;

import io.netty.buffer.ByteBuf;

/// The grammar of a field line, in heads and in trailers: `token ":" value`, where the value holds
/// nothing that some server takes for a line end (RFC 9112, section 5, without its leniencies).
final class Fields {
  private Fields() {}

  /// Where the colon is; -1 when the line is no certain field.
  static int nameEnd(ByteBuf in, int from, int to) {
    int colon = from;
    while (colon < to && Octets.isToken(in.getByte(colon))) {
      colon++;
    }
    return colon > from && colon < to && in.getByte(colon) == ':' ? colon : -1;
  }

  /// Whether the bytes hold no line end; eight are looked at at once, until there may be one.
  static boolean isValue(ByteBuf in, int from, int to) {
    int at = from;
    while (at + Long.BYTES <= to && isClear(in.getLong(at))) {
      at += Long.BYTES;
    }
    for (; at < to; at++) {
      if (Octets.isLineEnd(in.getByte(at))) {
        return false;
      }
    }
    return true;
  }

  /// Whether each of the eight bytes is 0x0e at least, above all line ends: subtracting sets the
  /// highest bit of a byte below that, or of one that had it set before.
  private static boolean isClear(long eight) {
    return ((eight - 0x0e0e_0e0e_0e0e_0e0eL) & ~eight & 0x8080_8080_8080_8080L) == 0;
  }
}
