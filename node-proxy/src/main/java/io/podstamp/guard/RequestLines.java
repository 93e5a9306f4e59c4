package io.podstamp.guard;

import io.podstamp.stamp.Octets;
import java.util.List;
import java.util.Set;

/// Looks for request lines, and for what ends a head, in a stream, a byte at a time, as lenient
/// servers see them: `word blanks target blanks HTTP/`, in any case, with any bytes before it that
/// are neither letters nor signs; and, if asked for, a method of RFC 9110 and a path or an absolute
/// URI. To one server (Nim's) CR and any byte end a line, to others (Pike, SWI-Prolog) controls and
/// line ends are blanks: between such, a target begins as a path, a URI or `*` does.
final class RequestLines {
  private static final Set<String> METHODS =
      Set.of("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch");

  /// Node takes the second for the first.
  private static final List<String> VERSIONS = List.of("http/", "rtsp/");

  private static final String ABSOLUTE = "http:";

  /// What a byte completes.
  enum Sign {
    NONE,
    REQUEST_LINE,
    EMPTY_LINE,
    /// An empty line behind a field line.
    HEAD
  }

  private final boolean shortLines;
  private final State now = new State();
  private final State marked = new State();

  /// What the bytes so far have left behind.
  private static final class State {
    private final LineWord method = new LineWord();
    private final LineWord target = new LineWord();
    private final LineWord word = new LineWord();
    private boolean inWord;

    /// Of the next word: whether nothing but blanks and controls came before it on its line, and
    /// whether nothing but blanks came since the last one.
    private boolean startsLine = true;

    private boolean plainGap = true;
    private boolean anyLine;
    private boolean lineIsEmpty = true;
    private boolean anyField;
    private byte previous;

    void copy(State other) {
      method.copy(other.method);
      target.copy(other.target);
      word.copy(other.word);
      inWord = other.inWord;
      startsLine = other.startsLine;
      plainGap = other.plainGap;
      anyLine = other.anyLine;
      lineIsEmpty = other.lineIsEmpty;
      anyField = other.anyField;
      previous = other.previous;
    }
  }

  RequestLines(boolean shortLines) {
    this.shortLines = shortLines;
  }

  /// Remembers this place.
  void mark() {
    marked.copy(now);
  }

  /// What came since [#mark] will come again.
  void takeBack() {
    now.copy(marked);
  }

  Sign take(byte b) {
    boolean swallowed = now.previous == '\r';
    Sign sign = Sign.NONE;
    if (b == '\n' || swallowed) {
      boolean ends = now.anyLine && now.lineIsEmpty;
      sign = !ends ? Sign.NONE : now.anyField ? Sign.HEAD : Sign.EMPTY_LINE;
      now.anyLine |= !now.lineIsEmpty;
      now.lineIsEmpty = true;
      startLine();
    } else {
      now.lineIsEmpty &= b == '\r';
    }
    now.previous = b;
    return isRequestLine(b, swallowed) ? Sign.REQUEST_LINE : sign;
  }

  private void startLine() {
    now.inWord = false;
    now.startsLine = true;
    now.plainGap = false;
  }

  private boolean isRequestLine(byte b, boolean swallowed) {
    if (Octets.startsLine(b)) {
      startLine();
      return false;
    }
    if (Octets.separatesWords(b) || (!now.inWord && now.startsLine && Octets.isLead(b))) {
      now.inWord = false;
      now.plainGap &= Octets.isBlank(b);
      return false;
    }
    if (b == ':' && (now.inWord || now.plainGap)) {
      now.anyField |= now.word.isToken() && now.word.startsLine();
    }
    if (!now.inWord) {
      beginWord(swallowed);
    }
    now.word.add(b);
    return endsRequestLine();
  }

  private void beginWord(boolean swallowed) {
    now.method.copy(now.target);
    now.target.copy(now.word);
    now.word.begin(now.startsLine, now.plainGap, swallowed);
    now.inWord = true;
    now.startsLine = false;
    now.plainGap = true;
  }

  private boolean endsRequestLine() {
    LineWord word = now.word;
    if (shortLines
        && now.target.startsLine()
        && (word.is("/") || word.is(ABSOLUTE))
        && METHODS.stream().anyMatch(now.target::is)) {
      return true;
    }
    return now.method.startsLine()
        && now.method.isToken()
        && ((word.followsBlanks() && now.target.followsBlanks()) || now.target.mayBeTarget())
        && VERSIONS.stream().anyMatch(word::is);
  }
}
