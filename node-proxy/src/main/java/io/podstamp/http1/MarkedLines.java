package io.podstamp.http1;

/// The lines of a head that the stamp may change: what each is, and where. Offsets count from the
/// start of the head, since the buffer may move between reads. Reused for every request.
final class MarkedLines {
  /// Lines that are not a field of the stamp; those are their index in it.
  static final int CONNECTION = -1;

  static final int UPGRADE = -2;
  static final int HTTP2_SETTINGS = -3;

  /// More than any client sends; a head with more is not certain.
  private static final int MOST = 64;

  private final int[] what = new int[MOST];
  private final int[] from = new int[MOST];
  private final int[] to = new int[MOST];
  private final boolean[] exact = new boolean[MOST];
  private int count;

  void reset() {
    count = 0;
  }

  /// Remembers a line.
  ///
  /// @param isExact whether its name is the field's but for the case of letters
  /// @return false when there is no more room
  boolean add(int line, int lineFrom, int nextLineFrom, boolean isExact) {
    if (count == MOST) {
      return false;
    }
    what[count] = line;
    from[count] = lineFrom;
    to[count] = nextLineFrom;
    exact[count] = isExact;
    count++;
    return true;
  }

  int count() {
    return count;
  }

  /// An index in the stamp, or one of the names above.
  int what(int mark) {
    return what[mark];
  }

  /// Whether its name is the field's, and not one that only passes for it.
  boolean isExact(int mark) {
    return exact[mark];
  }

  /// Where the line starts.
  int from(int mark) {
    return from[mark];
  }

  /// Where its CRLF starts.
  int contentTo(int mark) {
    return to[mark] - 2;
  }

  /// Where the next line starts.
  int to(int mark) {
    return to[mark];
  }
}
