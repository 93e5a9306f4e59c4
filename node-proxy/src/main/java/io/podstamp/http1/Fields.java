package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.GuardedNames;
import io.podstamp.stamp.Octets;

/// The grammar of a field line, in heads and in trailers: `token ":" value`, where the value holds
/// no control character but TAB: some servers take one for a line end (RFC 9112, section 5, without
/// its leniencies).
final class Fields {
  /// What a value is.
  enum Value {
    PLAIN,
    /// It has bytes that are not ASCII; some servers take one for a line end.
    EIGHT_BIT,
    NOT_CERTAIN
  }

  private Fields() {}

  /// Where the colon is; -1 when the line is no certain field.
  static int nameEnd(ByteBuf in, int from, int to) {
    int colon = Octets.tokenEnd(in, Octets.plainEnd(in, from, to), to);
    return colon > from && colon < to && in.getByte(colon) == ':' ? colon : -1;
  }

  /// What the bytes of a value are.
  static Value valueOf(ByteBuf in, int from, int to) {
    int plainTo = Octets.printableEnd(in, from, to);
    return plainTo == to ? Value.PLAIN : byteByByte(in, plainTo, to);
  }

  private static Value byteByByte(ByteBuf in, int from, int to) {
    Value value = Value.PLAIN;
    for (int at = from; at < to; at++) {
      byte b = in.getByte(at);
      if (b < 0) {
        value = Value.EIGHT_BIT;
      } else if ((b < ' ' && b != '\t') || b == 0x7f) {
        return Value.NOT_CERTAIN;
      }
    }
    return value;
  }

  /// Whether a request line begins as a line with a protected name does: to a server that takes the
  /// line before it for the request's, it is a field.
  static boolean beginsWithName(ByteBuf in, int from, int to, GuardedNames names) {
    for (byte[] name : names.names()) {
      int end = from + name.length;
      if (end < to
          && Octets.equalsFolded(in, from, end, name)
          && !Octets.isAlphanumeric(in.getByte(end))
          && in.indexOf(end, to, (byte) ':') >= 0) {
        return true;
      }
    }
    return false;
  }

  /// Whether a value holds that word.
  static boolean contains(ByteBuf in, int from, int to, byte[] word) {
    for (int at = in.indexOf(from, to, word[0]); at >= 0; at = in.indexOf(at + 1, to, word[0])) {
      if (Octets.startsWith(in, at, to, word)) {
        return true;
      }
    }
    return false;
  }
}
