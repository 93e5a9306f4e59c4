package io.podstamp.guard;

import io.podstamp.stamp.GuardedNames;
import io.podstamp.stamp.Octets;

/// Looks for a protected name and its colon further on in a line than some server's buffer is long:
/// such a server reads a field there. For what may be HTTP/1 alone, a byte at a time; a JSON key,
/// whose quote stands before the colon, is none.
final class LongLine {
  /// Longer than any name.
  private static final int KEPT = 64;

  private final GuardedNames names;

  /// The last bytes that are no blanks, folded; the newest at `count - 1`.
  private final byte[] last = new byte[KEPT];

  private int count;

  /// Of the line so far; what is longer than the buffer is so for good.
  private int length;

  LongLine(GuardedNames names) {
    this.names = names;
  }

  /// Reads on. Bytes that were taken back may come twice: then a line is only longer.
  ///
  /// @return whether that byte is such a colon
  boolean take(byte b) {
    if (b == '\n') {
      length = 0;
      return false;
    }
    if (length < GuardedNames.LONGEST_WHOLE_LINE) {
      length++;
    } else if (b == ':' && endsInName()) {
      return true;
    }
    if (!Octets.isBlank(b)) {
      last[count++ & (KEPT - 1)] = Octets.fold(b);
    }
    return false;
  }

  private boolean endsInName() {
    for (byte[] name : names.names()) {
      if (endsIn(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean endsIn(byte[] name) {
    int from = count - name.length;
    for (int i = 0; i < name.length; i++) {
      if (last[(from + i) & (KEPT - 1)] != name[i]) {
        return false;
      }
    }
    return true;
  }
}
