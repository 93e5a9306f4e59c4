package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;

/// The grammar of a field line, in heads and in trailers: `token ":" value`, where the value holds
/// nothing that some server takes for a line end (RFC 9112, section 5, without its leniencies).
final class Fields {
  private Fields() {}

  /// Where the colon is; -1 when the line is no certain field.
  static int nameEnd(ByteBuf in, int from, int to) {
    int colon = Octets.tokenEnd(in, from, to);
    return colon > from && colon < to && in.getByte(colon) == ':' ? colon : -1;
  }

  /// Whether the bytes hold no line end; eight are looked at at once, until there may be one. The
  /// last eight may be looked at twice in part.
  static boolean isValue(ByteBuf in, int from, int to) {
    int lastEight = to - Long.BYTES;
    if (lastEight < from) {
      return hasNoLineEnd(in, from, to);
    }
    for (int at = from; at < lastEight; at += Long.BYTES) {
      if (!isClear(in.getLong(at))) {
        return hasNoLineEnd(in, at, to);
      }
    }
    return isClear(in.getLong(lastEight)) || hasNoLineEnd(in, lastEight, to);
  }

  private static boolean hasNoLineEnd(ByteBuf in, int from, int to) {
    for (int at = from; at < to; at++) {
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
