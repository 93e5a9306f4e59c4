package io.podstamp.stamp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// The classes of bytes that HTTP/1 is made of, as tables: one look-up a byte, no branches. Eight
/// bytes are taken out of a buffer at once, since each time it checks its bounds; the two classes
/// of which almost all of a head is are told for eight bytes at once, by sums that set the highest
/// bit of a byte from some value on.
public final class Octets {
  private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;
  private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;
  private static final boolean[] TOKEN = new boolean[256];
  private static final boolean[] TARGET = new boolean[256];
  private static final boolean[] PLAIN_TARGET = new boolean[256];
  private static final byte[] FOLDED = new byte[256];
  private static final byte[] LOWER_CASE = new byte[256];
  private static final boolean[] STARTS_LINE = new boolean[256];
  private static final boolean[] ENDS_NAME = new boolean[256];

  static {
    for (int c = 0; c < 256; c++) {
      boolean digit = c >= '0' && c <= '9';
      boolean upper = c >= 'A' && c <= 'Z';
      boolean lower = c >= 'a' && c <= 'z';
      TOKEN[c] =
          digit || upper || lower || (c < 128 && c > 32 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
      TARGET[c] = c > ' ' && c != 0x7f;
      PLAIN_TARGET[c] = c > ' ' && c < 0x7f;
      STARTS_LINE[c] = c == 0 || (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85;
      ENDS_NAME[c] = !digit && !upper && !lower && "-_.: \t\r\n".indexOf(c) < 0;
      LOWER_CASE[c] = (byte) (upper ? c + 32 : c);
      FOLDED[c] = (byte) (upper ? c + 32 : digit || lower ? c : '-');
    }
  }

  private Octets() {}

  /// An ASCII letter or digit.
  public static boolean isAlphanumeric(byte b) {
    return FOLDED[b & 0xff] != '-';
  }

  /// What some server takes for the end of a line: LF, CR, VT, FF, NUL.
  public static boolean isLineEnd(byte b) {
    return b == '\n' || b == '\r' || b == 0x0b || b == 0x0c || b == 0;
  }

  /// What some server takes for the end of a line: the line ends above, the separators FS, GS and
  /// RS, and NEL, at which Python splits text into lines.
  public static boolean startsLine(byte b) {
    return STARTS_LINE[b & 0xff];
  }

  /// What some server skips at the beginning of a line, or within a name: controls, blanks and all
  /// that is not ASCII.
  public static boolean isLead(byte b) {
    return b <= ' ' || b == 0x7f;
  }

  /// What separates words for some server: controls, blanks, NEL and the no-break space.
  public static boolean separatesWords(byte b) {
    return (b >= 0 && b <= ' ') || b == 0x7f || b == (byte) 0x85 || b == (byte) 0xa0;
  }

  /// What ends a name for some server, so that it skips the rest up to the colon: NUL, `#` and all
  /// that is neither letter, digit, blank, line end nor one of `-_.`.
  public static boolean endsName(byte b) {
    return ENDS_NAME[b & 0xff];
  }

  /// Whether a byte has to be looked at where no line has begun: one that starts a line, and `P`.
  public static boolean stirsTripwire(byte b) {
    return STARTS_LINE[b & 0xff] || b == 'P';
  }

  /// Whether a list's element opens a quote and leaves it open, to those that know a backslash
  /// within quotes or to those that do not: it would swallow the elements behind it.
  public static boolean leavesQuoteOpen(ByteBuf in, int from, int to) {
    boolean quoted = false;
    boolean escaping = false;
    boolean plainlyQuoted = false;
    for (int at = from; at < to; at++) {
      byte b = in.getByte(at);
      if (b == '"') {
        plainlyQuoted = !plainlyQuoted;
        quoted ^= !escaping;
      }
      escaping = quoted && b == '\\' && !escaping;
    }
    return quoted || plainlyQuoted;
  }

  /// SP or HTAB: `OWS` of RFC 9110, section 5.6.3.
  public static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /// `tchar` of RFC 9110, section 5.6.2.
  public static boolean isToken(byte b) {
    return TOKEN[b & 0xff];
  }

  /// Where the `token` ends that may begin here (RFC 9110, section 5.6.2).
  public static int tokenEnd(ByteBuf in, int from, int to) {
    return runEnd(TOKEN, in, from, to);
  }

  /// Where the run of letters, digits and `-` ends, of which most names are.
  public static int plainEnd(ByteBuf in, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long others = notPlain(in.getLongLE(at));
      if (others != 0) {
        return at + first(others);
      }
    }
    while (at < to && isPlain(in.getByte(at))) {
      at++;
    }
    return at;
  }

  /// Where the run of printable ASCII characters and SP ends, of which most values are.
  public static int printableEnd(ByteBuf in, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long others = notPrintable(in.getLongLE(at));
      if (others != 0) {
        return at + first(others);
      }
    }
    while (at < to && in.getByte(at) >= ' ' && in.getByte(at) != 0x7f) {
      at++;
    }
    return at;
  }

  private static boolean isPlain(byte b) {
    return isAlphanumeric(b) || b == '-';
  }

  private static int first(long highestBits) {
    return Long.numberOfTrailingZeros(highestBits) / Byte.SIZE;
  }

  /// The highest bit of each byte that is no letter, no digit and no `-`.
  private static long notPlain(long eight) {
    long ascii = eight & ~HIGHEST_BITS;
    long known =
        within(ascii | ' ' * LOWEST_BITS, 'a', 'z')
            | within(ascii, '0', '9')
            | within(ascii, '-', '-');
    return (~known | eight) & HIGHEST_BITS;
  }

  /// The highest bit of each byte below SP, of DEL, and of those above.
  private static long notPrintable(long eight) {
    return (~within(eight & ~HIGHEST_BITS, ' ', '~') | eight) & HIGHEST_BITS;
  }

  /// The highest bit of each byte from `least` to `most`; other bits say nothing.
  ///
  /// @param ascii eight bytes of seven bits, so that no sum reaches the next
  private static long within(long ascii, int least, int most) {
    return (ascii + (0x80 - least) * LOWEST_BITS) & ~(ascii + (0x7f - most) * LOWEST_BITS);
  }

  /// Where the run of bytes ends that no server takes for the end of a request target: no blanks,
  /// no controls.
  public static int targetEnd(ByteBuf in, int from, int to) {
    return runEnd(TARGET, in, from, to);
  }

  /// The same, but up to the first byte that is not ASCII.
  public static int plainTargetEnd(ByteBuf in, int from, int to) {
    return runEnd(PLAIN_TARGET, in, from, to);
  }

  private static int runEnd(boolean[] members, ByteBuf in, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long eight = in.getLongLE(at);
      for (int i = 0; i < Long.BYTES; i++) {
        if (!members[(int) eight & 0xff]) {
          return at + i;
        }
        eight >>>= Byte.SIZE;
      }
    }
    while (at < to && members[in.getByte(at) & 0xff]) {
      at++;
    }
    return at;
  }

  /// Whether a byte in a name may be that folded character to some server: for one that is not
  /// ASCII, some look at its lower seven bits only, and some at the letter that it is a part of, of
  /// which Unicode makes `f`, `i`, `k`, `l`, `s` or `t` in the other case.
  public static boolean mayBe(byte b, byte folded) {
    return fold(b) == folded
        || (b < 0 && (fold((byte) (b & 0x7f)) == folded || "fiklst".indexOf(folded) >= 0));
  }

  /// As servers that make variables of header names see them: lower case, and every character that
  /// is neither letter nor digit equals `-`.
  public static byte fold(byte b) {
    return FOLDED[b & 0xff];
  }

  /// Whether the bytes are that lower-case ASCII word, in any case.
  public static boolean equalsIgnoreCase(ByteBuf bytes, int from, int to, byte[] lowerCase) {
    return to - from == lowerCase.length && matches(LOWER_CASE, bytes, from, lowerCase);
  }

  private static boolean matches(byte[] table, ByteBuf bytes, int from, byte[] word) {
    int at = 0;
    for (; at + Long.BYTES <= word.length; at += Long.BYTES) {
      long eight = bytes.getLongLE(from + at);
      for (int i = 0; i < Long.BYTES; i++) {
        if (table[(int) eight & 0xff] != word[at + i]) {
          return false;
        }
        eight >>>= Byte.SIZE;
      }
    }
    while (at < word.length && table[bytes.getByte(from + at) & 0xff] == word[at]) {
      at++;
    }
    return at == word.length;
  }

  /// Whether the bytes begin with that word.
  public static boolean startsWith(ByteBuf bytes, int from, int to, byte[] word) {
    if (to - from < word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (bytes.getByte(from + i) != word[i]) {
        return false;
      }
    }
    return true;
  }

  /// Whether the folded bytes are that folded name.
  public static boolean equalsFolded(ByteBuf bytes, int from, int to, byte[] folded) {
    return to - from == folded.length && matches(FOLDED, bytes, from, folded);
  }

  /// Whether a server may take a name for that folded one; for names that are not plain, see
  /// [#plainEnd]. Most are told apart by their first letter.
  public static boolean passesFor(ByteBuf bytes, int from, int to, byte[] folded) {
    int first = from;
    while (first < to && bytes.getByte(first) != ':' && !isAlphanumeric(bytes.getByte(first))) {
      first++;
    }
    int length = to - first;
    return length >= folded.length
        && fold(bytes.getByte(first)) == folded[0]
        && passesFor(ByteBufUtil.getBytes(bytes, first, length), length, folded);
  }

  /// The same for what an array begins with: it is that name when folded, but for what is before
  /// its first letter or digit, and for what ends it to some servers: `_` and `.` up to its end, or
  /// any other character that is no letter, digit or `-`, and all that is behind it.
  public static boolean passesFor(byte[] bytes, int length, byte[] folded) {
    int first = 0;
    while (first < length && bytes[first] != ':' && !isAlphanumeric(bytes[first])) {
      first++;
    }
    int to = first + folded.length;
    if (to > length) {
      return false;
    }
    for (int i = 0; i < folded.length; i++) {
      if (fold(bytes[first + i]) != folded[i]) {
        return false;
      }
    }
    while (to < length && (bytes[to] == '_' || bytes[to] == '.')) {
      to++;
    }
    return to == length || (bytes[to] != '-' && !isAlphanumeric(bytes[to]));
  }
}
