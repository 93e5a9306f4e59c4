package io.podstamp.guard;

import io.podstamp.stamp.Octets;

/// Where a byte stands in a line that may be a request line, as a number. Some server reads fields
/// behind the target of one, or behind the version (docs/http.md, "The tripwire"): to Simple 6.0
/// the first line of a message is three words, of which the last has a digit behind five bytes.
final class LinePlace {
  /// At the beginning of what is looked at, or behind an empty line.
  static final int FIRST = 0;

  /// At the beginning of a line behind LF, before anything but controls, blanks and what is not
  /// ASCII; and behind any other line end.
  private static final int START = 1;

  private static final int START_BEHIND_CR = 2;
  private static final int METHOD = 3;
  private static final int BEHIND_METHOD = 4;

  /// The same in a first line.
  private static final int FIRST_METHOD = 5;

  private static final int BEHIND_FIRST_METHOD = 6;

  /// The first words of a first line, which are no method or no target.
  private static final int FIRST_WORD = 7;

  private static final int BEHIND_FIRST_WORD = 8;
  private static final int SECOND_WORD = 9;
  private static final int BEHIND_SECOND_WORD = 10;

  /// From here on the number counts the bytes of the third one.
  private static final int THIRD_WORD = 11;

  private static final int DIGIT = THIRD_WORD + 5;
  private static final int LAST_OF_THIRD_WORD = DIGIT + 3;

  /// Behind a method at the end of what is looked at, or at a beginning.
  private static final int EITHER = 20;

  private static final int TARGET = 21;
  private static final int BEHIND_TARGET = 22;

  /// In a word behind the target; from here on the number counts the bytes of the first one.
  private static final int WORD = 23;

  /// Behind six bytes, as of `HTTP/1`, where three more may be skipped.
  private static final int VERSION = WORD + 5;

  private static final int LAST_OF_VERSION = VERSION + 3;

  /// Up to the end of the line nothing is of interest.
  private static final int REST = LAST_OF_VERSION + 2;

  private LinePlace() {}

  /// Where the next byte stands.
  static int step(int place, byte b) {
    if (Octets.startsLine(b)) {
      return startLine(place, b);
    }
    boolean blank = Octets.isBlank(b);
    return switch (place) {
      case FIRST -> Octets.isLead(b) ? FIRST : firstWord(b);
      case START, START_BEHIND_CR -> Octets.isLead(b) ? place : Octets.isToken(b) ? METHOD : REST;
      case METHOD -> blank ? BEHIND_METHOD : Octets.isToken(b) ? METHOD : REST;
      case BEHIND_METHOD -> blank ? BEHIND_METHOD : mayBeginTarget(b) ? TARGET : REST;
      case FIRST_METHOD -> blank ? BEHIND_FIRST_METHOD : firstWord(b);
      case BEHIND_FIRST_METHOD ->
          blank ? BEHIND_FIRST_METHOD : mayBeginTarget(b) ? TARGET : SECOND_WORD;
      case FIRST_WORD -> blank ? BEHIND_FIRST_WORD : FIRST_WORD;
      case BEHIND_FIRST_WORD -> blank ? BEHIND_FIRST_WORD : SECOND_WORD;
      case SECOND_WORD -> blank ? BEHIND_SECOND_WORD : SECOND_WORD;
      case BEHIND_SECOND_WORD -> blank ? BEHIND_SECOND_WORD : THIRD_WORD;
      case EITHER -> Octets.isLead(b) ? EITHER : mayBeginTarget(b) ? TARGET : firstWord(b);
      case TARGET -> blank ? BEHIND_TARGET : TARGET;
      case REST -> REST;
      default -> stepInWord(place, b, blank);
    };
  }

  private static int startLine(int place, byte b) {
    if (b == '\n') {
      return place <= START ? FIRST : START;
    }
    return place <= START ? place : START_BEHIND_CR;
  }

  private static int firstWord(byte b) {
    return Octets.isToken(b) ? FIRST_METHOD : FIRST_WORD;
  }

  private static int stepInWord(int place, byte b, boolean blank) {
    if (place >= BEHIND_TARGET) {
      return blank ? BEHIND_TARGET : Math.min(place + 1, REST - 1);
    }
    boolean fits = place != DIGIT - 1 || (b >= '0' && b <= '9');
    return blank || !fits || place == LAST_OF_THIRD_WORD ? REST : place + 1;
  }

  /// Of a path, an absolute URI, or `*`.
  private static boolean mayBeginTarget(byte b) {
    return b == '/' || b == '*' || b == 'h' || b == 'H';
  }

  /// Whether a name may begin there, or behind what is skipped before one.
  static boolean mayBeginName(int place) {
    return place == BEHIND_TARGET
        || (place >= VERSION && place <= LAST_OF_VERSION)
        || (place >= DIGIT && place <= LAST_OF_THIRD_WORD);
  }

  /// Whether a name may stand further on in the same line.
  static boolean isInside(int place) {
    return place == BEHIND_METHOD
        || place == BEHIND_FIRST_METHOD
        || (place >= EITHER && place != REST);
  }

  /// The same place where a message may as well begin.
  static int orBeginning(int place) {
    return place >= TARGET && place != REST ? place : isInside(place) ? EITHER : FIRST;
  }

  /// Whether nothing of interest comes before the end of the line.
  static boolean isPast(int place) {
    return place == REST;
  }
}
