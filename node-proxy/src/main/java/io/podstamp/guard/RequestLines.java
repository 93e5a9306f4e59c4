package io.podstamp.guard;

import io.podstamp.stamp.Octets;
import java.util.Locale;
import java.util.Set;

/// Looks for request lines and empty lines in a stream, a byte at a time, as lenient servers see
/// them: `word blanks target blanks HTTP/`, in any case, with any bytes before it that are neither
/// letters nor signs; and, if asked for, a method of RFC 9110 and a path. To one server (Nim's) CR
/// and any byte end a line.
final class RequestLines {
  private static final Set<String> METHODS =
      Set.of("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch");
  private static final String VERSION = "http/";
  private static final int LONGEST_METHOD = 8;

  /// Where in a line the stream is.
  private enum At {
    START,
    WORD,
    BEFORE_TARGET,
    TARGET,
    BEFORE_VERSION,
    VERSION,
    REST
  }

  /// What a byte completes.
  enum Sign {
    NONE,
    REQUEST_LINE,
    EMPTY_LINE
  }

  private final boolean shortLines;
  private final StringBuilder word = new StringBuilder(LONGEST_METHOD);
  private At at = At.START;
  private int versionAt;
  private boolean anyLine;
  private boolean lineIsEmpty = true;
  private byte previous;

  /// Whether the first byte of the word may belong to the end of the line before.
  private boolean firstIsDoubtful;

  RequestLines(boolean shortLines) {
    this.shortLines = shortLines;
  }

  /// At the start of a line, as a name that may yet become whole is.
  void restart() {
    at = At.START;
    previous = 0;
    firstIsDoubtful = false;
  }

  Sign take(byte b) {
    if (b == '\n' || previous == '\r') {
      boolean ends = anyLine && lineIsEmpty;
      anyLine |= !lineIsEmpty;
      lineIsEmpty = true;
      at = At.START;
      firstIsDoubtful = Octets.isToken(b);
      if (firstIsDoubtful) {
        beginWord(b);
      }
      previous = b;
      return ends ? Sign.EMPTY_LINE : Sign.NONE;
    }
    lineIsEmpty &= b == '\r';
    previous = b;
    if (Octets.startsLine(b)) {
      at = At.START;
      firstIsDoubtful = false;
      return Sign.NONE;
    }
    return step(b) ? Sign.REQUEST_LINE : Sign.NONE;
  }

  private boolean step(byte b) {
    boolean blank = Octets.isBlank(b);
    switch (at) {
      case START -> {
        if (Octets.isToken(b)) {
          beginWord(b);
        } else if (!Octets.isLead(b)) {
          at = At.REST;
        }
      }
      case WORD -> {
        if (blank) {
          at = At.BEFORE_TARGET;
        } else if (Octets.isToken(b)) {
          addToWord(b);
        } else {
          at = At.REST;
        }
      }
      case BEFORE_TARGET -> {
        if (!blank) {
          at = At.TARGET;
          return shortLines
              && b == '/'
              && (METHODS.contains(word.toString())
                  || (firstIsDoubtful && METHODS.contains(word.substring(1))));
        }
      }
      case TARGET -> {
        if (blank) {
          at = At.BEFORE_VERSION;
          versionAt = 0;
        }
      }
      case BEFORE_VERSION, VERSION -> {
        if (blank && at == At.BEFORE_VERSION) {
          return false;
        }
        at = lower(b) == VERSION.charAt(versionAt++) ? At.VERSION : At.REST;
        if (at == At.VERSION && versionAt == VERSION.length()) {
          at = At.REST;
          return true;
        }
      }
      case REST -> {
        // Up to the end of the line.
      }
    }
    return false;
  }

  private void beginWord(byte b) {
    at = At.WORD;
    word.setLength(0);
    addToWord(b);
  }

  private void addToWord(byte b) {
    if (word.length() <= LONGEST_METHOD) {
      word.append((char) lower(b));
    }
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  @Override
  public String toString() {
    return at.name().toLowerCase(Locale.ROOT);
  }
}
