package io.podstamp.guard;

import io.podstamp.stamp.Octets;

/// Where a byte stands in a line that may be a request line, as a number. Some server reads fields
/// behind the target of one, or behind the version (docs/http.md, "The tripwire").
final class LinePlace {
  /// At the beginning of a line, before anything but controls, blanks and what is not ASCII.
  static final int START = 0;

  private static final int METHOD = 1;
  private static final int BEHIND_METHOD = 2;
  private static final int TARGET = 3;
  private static final int BEHIND_TARGET = 4;

  /// In a word behind the target; from here on the number counts the bytes of the first one.
  private static final int WORD = 5;

  /// Behind the eight bytes of `HTTP/1.1`, where one more may be skipped.
  private static final int VERSION = WORD + 7;

  /// Up to the end of the line nothing is of interest.
  private static final int REST = VERSION + 3;

  private LinePlace() {}

  /// Where the next byte stands.
  static int step(int place, byte b) {
    if (Octets.startsLine(b)) {
      return START;
    }
    boolean blank = Octets.isBlank(b);
    return switch (place) {
      case START -> Octets.isLead(b) ? START : Octets.isToken(b) ? METHOD : REST;
      case METHOD -> blank ? BEHIND_METHOD : Octets.isToken(b) ? METHOD : REST;
      case BEHIND_METHOD -> blank ? BEHIND_METHOD : mayBeginTarget(b) ? TARGET : REST;
      case TARGET -> blank ? BEHIND_TARGET : TARGET;
      case REST -> REST;
      default -> blank ? BEHIND_TARGET : Math.min(place + 1, REST - 1);
    };
  }

  /// Of a path, an absolute URI, or `*`.
  private static boolean mayBeginTarget(byte b) {
    return b == '/' || b == '*' || b == 'h' || b == 'H';
  }

  /// Whether a name may begin there, or behind what is skipped before one.
  static boolean mayBeginName(int place) {
    return place == BEHIND_TARGET || place == VERSION || place == VERSION + 1;
  }

  /// Whether a name may stand further on in the same line.
  static boolean isInside(int place) {
    return place >= BEHIND_METHOD && place != REST;
  }

  /// Whether nothing of interest comes before the end of the line.
  static boolean isPast(int place) {
    return place == REST;
  }
}
