package io.podstamp.guard;

import io.podstamp.stamp.Octets;
import java.util.List;

/// A word of a line, as far as it tells a request line from other text.
final class LineWord {
  /// The longest method, `http:` and the beginnings of versions are not longer.
  private static final int LONGEST = 8;

  private static final List<String> TARGETS = List.of("/", "*", "http:", "https:");

  private final StringBuilder begin = new StringBuilder(LONGEST);
  private boolean token;
  private boolean startsLine;
  private boolean followsBlanks;

  /// Whether its first byte may belong to the end of the line before.
  private boolean firstIsDoubtful;

  void begin(boolean startsItsLine, boolean followsOnlyBlanks, boolean isFirstDoubtful) {
    begin.setLength(0);
    token = true;
    startsLine = startsItsLine;
    followsBlanks = followsOnlyBlanks;
    firstIsDoubtful = isFirstDoubtful;
  }

  void add(byte b) {
    token &= Octets.isToken(b);
    if (begin.length() <= LONGEST) {
      begin.append((char) ((b >= 'A' && b <= 'Z' ? b + 32 : b) & 0xff));
    }
  }

  void copy(LineWord other) {
    begin.setLength(0);
    begin.append(other.begin);
    token = other.token;
    startsLine = other.startsLine;
    followsBlanks = other.followsBlanks;
    firstIsDoubtful = other.firstIsDoubtful;
  }

  /// Whether it is that one so far.
  boolean is(String lowerCase) {
    return lowerCase.contentEquals(begin)
        || (firstIsDoubtful
            && begin.length() == lowerCase.length() + 1
            && begin.indexOf(lowerCase) == 1);
  }

  boolean isToken() {
    return token && !begin.isEmpty();
  }

  boolean startsLine() {
    return startsLine;
  }

  /// Whether no control was between it and the word before.
  boolean followsBlanks() {
    return followsBlanks;
  }

  /// Whether it begins as a path, an absolute URI or `*` does. Not any word with an `h`: ALPN has
  /// `h2` between two lengths that are controls, with `http/1.1` behind it.
  boolean mayBeTarget() {
    for (String start : TARGETS) {
      if (begin.indexOf(start) == 0) {
        return true;
      }
    }
    return false;
  }
}
