package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;

/// Looks for a protected name in bytes that nobody is certain of: at the start of the stream or
/// after a byte that some server takes for a line end, followed by a colon with nothing but
/// non-alphanumerics before it; in any case, and folded (HTTP.md, "Terms"). One blank may stand
/// before the name: Node with `insecureHTTPParser` drops it before the first name of a head.
///
/// A stream is given in windows that follow one another. Only colons are looked at, and from there
/// backwards, so most bytes cost one vectorised comparison.
final class Tripwire {
  /// A line end and a blank.
  private static final int BEFORE_NAME = 2;

  private final byte[][] names;
  private final int longest;

  /// The bytes before the window: the last of a word, then the last of what follows it. Between the
  /// two may have been more that is neither letter nor digit; it makes no difference there.
  private final byte[] before;

  private int beforeLength;
  private boolean beforeIsStart = true;

  private ByteBuf window = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  private int windowFrom;

  /// What [#wordEnd] was asked last: a window may end in much that is no word.
  private int lastAsked = -1;

  private int lastWordEnd;

  /// @param names folded, and ending in a letter or digit
  Tripwire(byte[][] names) {
    this.names = names;
    int most = 0;
    for (byte[] name : names) {
      most = Math.max(most, name.length);
    }
    this.longest = most;
    this.before = new byte[2 * (most + BEFORE_NAME)];
  }

  /// Looks through the next window, which lasts until [#leave].
  ///
  /// @return where the first protected name begins, at earliest with the window; -1 if none does
  int find(ByteBuf in, int from, int to) {
    window = in;
    windowFrom = from;
    lastAsked = -1;
    for (int colon = in.indexOf(from, to, (byte) ':');
        colon >= 0;
        colon = in.indexOf(colon + 1, to, (byte) ':')) {
      int word = wordEnd(colon);
      for (byte[] name : names) {
        int begin = word - name.length;
        if (isAt(name, begin)) {
          return Math.max(from, begin);
        }
      }
    }
    return -1;
  }

  /// Where what may yet become a protected name begins, at the end of the window.
  ///
  /// @return the window's end when nothing may
  int undecidedFrom(int to) {
    int word = wordEnd(to);
    for (int i = Math.max(windowFrom, word - longest); i < to; i++) {
      if (mayBecomeName(i, word, to)) {
        return i;
      }
      if (i == word) {
        i = Math.max(i, to - longest - BEFORE_NAME);
      }
    }
    return to;
  }

  private boolean mayBecomeName(int from, int word, int to) {
    if (!isNameStart(from)) {
      return false;
    }
    for (byte[] name : names) {
      int common = Math.min(name.length, to - from);
      int i = 0;
      while (i < common && Octets.fold(byteAt(from + i)) == name[i]) {
        i++;
      }
      if (i == common && (common < name.length || word == from + common)) {
        return true;
      }
    }
    return false;
  }

  /// The window up to there is behind us.
  void leave(int to) {
    int word = wordEnd(to);
    int wordFrom = Math.max(earliest(), word - longest - BEFORE_NAME);
    int restFrom = Math.max(word, to - longest - BEFORE_NAME);
    boolean fromStart = beforeIsStart && wordFrom == earliest();
    byte[] kept = new byte[word - wordFrom + to - restFrom];
    int length = 0;
    for (int i = wordFrom; i < word; i++) {
      kept[length++] = byteAt(i);
    }
    for (int i = restFrom; i < to; i++) {
      kept[length++] = byteAt(i);
    }
    System.arraycopy(kept, 0, before, 0, length);
    beforeLength = length;
    beforeIsStart = fromStart;
    windowFrom = to;
    lastAsked = -1;
  }

  /// The end of the last word before an index; a colon ends the search, what is before one has been
  /// looked at.
  private int wordEnd(int to) {
    if (to != lastAsked) {
      lastAsked = to;
      lastWordEnd = findWordEnd(to);
    }
    return lastWordEnd;
  }

  private int findWordEnd(int to) {
    int i = to;
    int first = earliest();
    while (i > first && !Octets.isAlphanumeric(byteAt(i - 1))) {
      i--;
      if (byteAt(i) == ':') {
        return to;
      }
    }
    return i;
  }

  private boolean isAt(byte[] name, int from) {
    if (from < earliest() || !isNameStart(from)) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (Octets.fold(byteAt(from + i)) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean isNameStart(int at) {
    return isLineStart(at)
        || (at > earliest() && Octets.isBlank(byteAt(at - 1)) && isLineStart(at - 1));
  }

  private boolean isLineStart(int at) {
    return at == earliest() ? beforeIsStart : Octets.isLineEnd(byteAt(at - 1));
  }

  private int earliest() {
    return windowFrom - beforeLength;
  }

  private byte byteAt(int i) {
    return i >= windowFrom ? window.getByte(i) : before[beforeLength + i - windowFrom];
  }
}
