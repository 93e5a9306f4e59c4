package io.podstamp.hpack;

import io.netty.buffer.ByteBuf;

/// Writes what changes no table, and the integers and strings of all representations (RFC 7541,
/// sections 5 and 6).
public final class Literals {
  private static final int WITHOUT_INDEXING = 0x00;
  private static final int HUFFMAN = 0x80;
  private static final int STRING_PREFIX = 7;

  private Literals() {}

  /// The beginning of a literal field without indexing, to be followed by a string. The name is
  /// Huffman coded: whoever looks for it in clear does not find it.
  public static void writeName(byte[] name, ByteBuf out) {
    out.writeByte(WITHOUT_INDEXING);
    byte[] coded = Huffman.encode(name);
    writeInteger(HUFFMAN, STRING_PREFIX, coded.length, out);
    out.writeBytes(coded);
  }

  /// A string in clear.
  public static void writeString(byte[] text, int length, ByteBuf out) {
    writeInteger(0, STRING_PREFIX, length, out);
    out.writeBytes(text, 0, length);
  }

  /// An integer, in one byte if it fits into the prefix.
  ///
  /// @param pattern the bits before the prefix
  /// @param prefix how many bits of the first byte the integer has
  public static void writeInteger(int pattern, int prefix, int value, ByteBuf out) {
    int most = (1 << prefix) - 1;
    if (value < most) {
      out.writeByte(pattern | value);
      return;
    }
    out.writeByte(pattern | most);
    int rest = value - most;
    while (rest >= 0x80) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }
}
