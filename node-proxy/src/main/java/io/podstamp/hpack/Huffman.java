package io.podstamp.hpack;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// The Huffman code of header strings (RFC 7541, section 5.2 and appendix B). It is canonical:
/// codes of one length are numbers that follow one another in the order of their symbols, so that
/// the lengths say all.
final class Huffman {
  private static final int EOS = 256;
  private static final int SHORTEST = 5;
  private static final int LONGEST = 30;

  /// Of appendix B, sixteen symbols a row, EOS last.
  private static final int[] LENGTHS = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, //
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, //
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, //
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, //
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, //
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, //
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, //
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, //
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, //
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, //
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, //
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, //
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, //
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, //
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, //
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, //
    30
  };

  private static final int[] CODES = new int[EOS + 1];

  /// Symbols in the order of their codes.
  private static final short[] SYMBOLS = new short[EOS + 1];

  /// For each length its first code, and where its symbols begin; and one more, which ends the
  /// last.
  private static final int[] FIRST_CODE = new int[LONGEST + 2];

  private static final int[] FIRST_SYMBOL = new int[LONGEST + 2];

  /// What 8 bits begin with: a symbol and its length; 0 where the code is longer.
  private static final short[] BY_OCTET = new short[256];

  private static final int OCTET = 8;

  static {
    int code = 0;
    int next = 0;
    for (int length = SHORTEST; length <= LONGEST; length++) {
      FIRST_CODE[length] = code;
      FIRST_SYMBOL[length] = next;
      for (int symbol = 0; symbol <= EOS; symbol++) {
        if (LENGTHS[symbol] == length) {
          CODES[symbol] = code++;
          SYMBOLS[next++] = (short) symbol;
        }
      }
      code <<= 1;
    }
    FIRST_SYMBOL[LONGEST + 1] = next;
    for (int symbol = 0; symbol < EOS; symbol++) {
      int rest = OCTET - LENGTHS[symbol];
      if (rest >= 0) {
        int from = CODES[symbol] << rest;
        Arrays.fill(BY_OCTET, from, from + (1 << rest), (short) (symbol << 4 | LENGTHS[symbol]));
      }
    }
  }

  private Huffman() {}

  /// Bytes that so many coded ones are at most.
  static int mostDecoded(int coded) {
    return coded * OCTET / SHORTEST;
  }

  /// Decodes a string.
  ///
  /// @param out has room for [#mostDecoded]
  /// @return how many bytes that made; -1 when they are no code
  static int decode(ByteBuf in, int from, int to, byte[] out) {
    long bits = 0;
    int count = 0;
    int at = from;
    int length = 0;
    while (true) {
      while (count < LONGEST && at < to) {
        bits = bits << OCTET | in.getUnsignedByte(at++);
        count += OCTET;
      }
      int octet =
          (int)
                  (count >= OCTET
                      ? bits >>> (count - OCTET)
                      : bits << (OCTET - count) | padding(count))
              & 0xff;
      int found = BY_OCTET[octet];
      if (found != 0 && (found & 0xf) <= count) {
        out[length++] = (byte) (found >> 4);
        count -= found & 0xf;
      } else if (count < OCTET) {
        // What is left is the beginning of EOS, shorter than a byte.
        return at == to && octet == 0xff ? length : -1;
      } else {
        int longer = longSymbol(bits, count);
        if (longer < 0) {
          return -1;
        }
        out[length++] = (byte) longer;
        count -= LENGTHS[longer];
      }
    }
  }

  private static long padding(int count) {
    return (1L << (OCTET - count)) - 1;
  }

  /// The symbol of a code that is longer than a byte.
  ///
  /// @return -1 for EOS, and for a code that is not whole
  private static int longSymbol(long bits, int count) {
    for (int length = OCTET + 1; length <= Math.min(LONGEST, count); length++) {
      int code = (int) (bits >>> (count - length)) & ((1 << length) - 1);
      int nth = code - FIRST_CODE[length];
      if (nth >= 0 && nth < FIRST_SYMBOL[length + 1] - FIRST_SYMBOL[length]) {
        int symbol = SYMBOLS[FIRST_SYMBOL[length] + nth];
        return symbol == EOS ? -1 : symbol;
      }
    }
    return -1;
  }

  /// Codes a string, padded to whole bytes.
  static byte[] encode(byte[] text) {
    int bitCount = 0;
    for (byte b : text) {
      bitCount += LENGTHS[b & 0xff];
    }
    byte[] coded = new byte[(bitCount + OCTET - 1) / OCTET];
    long bits = 0;
    int count = 0;
    int at = 0;
    for (byte b : text) {
      bits = bits << LENGTHS[b & 0xff] | CODES[b & 0xff];
      count += LENGTHS[b & 0xff];
      while (count >= OCTET) {
        count -= OCTET;
        coded[at++] = (byte) (bits >>> count);
      }
    }
    if (count > 0) {
      coded[at] = (byte) (bits << (OCTET - count) | padding(count));
    }
    return coded;
  }
}
