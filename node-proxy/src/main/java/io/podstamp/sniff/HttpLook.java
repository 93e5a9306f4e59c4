package io.podstamp.sniff;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import java.util.Set;

/// Whether a first line looks like a request to any server, however lenient; a byte at a time, so
/// that a protocol without lines need not wait for the end of one.
///
/// What servers accept was measured (docs/http.md): Node serves `GET /` and `GET / RTSP/1.0`, the
/// JDK's server any three words whose second has a path, Python's `GET x`; all skip some junk
/// before it. So a line looks like HTTP if it has a second word that begins with `/` or `*`, a
/// `:/`, an `http/` in any case, or begins with a method of RFC 9110 and a second word.
public final class HttpLook {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");
  private static final String VERSION = "http/";
  private static final int LONGEST_WORD = 8;

  private final StringBuilder word = new StringBuilder(LONGEST_WORD);
  private byte last = '\n';
  private int versionAt;
  private boolean firstWordEnded;
  private boolean binary;
  private boolean ended;

  /// Reads on.
  ///
  /// @return where it was seen to look like HTTP; -1 if it was not
  public int read(ByteBuf in, int from, int to) {
    for (int i = from; i < to && !ended; i++) {
      byte b = in.getByte(i);
      if (looksNowAt(b)) {
        ended = true;
        return i;
      }
      binary |= !isText(b);
    }
    return -1;
  }

  private boolean looksNowAt(byte b) {
    if (b == '\n') {
      // Lines of nothing but junk are skipped by some.
      ended = word.length() > 0;
    }
    boolean looks =
        beginsPath(b) || (last == ':' && b == '/') || isVersion(b) || beginsWordAfterMethod(b);
    if (Octets.isAlphanumeric(b) && !firstWordEnded) {
      if (word.length() < LONGEST_WORD) {
        word.append((char) b);
      }
    } else if (word.length() > 0) {
      firstWordEnded = true;
    }
    last = b;
    return looks;
  }

  private boolean beginsPath(byte b) {
    return word.length() > 0 && isSpace(last) && (b == '/' || b == '*');
  }

  private boolean beginsWordAfterMethod(byte b) {
    return firstWordEnded && isSpace(last) && !isSpace(b) && METHODS.contains(word.toString());
  }

  private boolean isVersion(byte b) {
    int lower = b >= 'A' && b <= 'Z' ? b + 32 : b;
    versionAt =
        lower == VERSION.charAt(versionAt) ? versionAt + 1 : lower == VERSION.charAt(0) ? 1 : 0;
    if (versionAt == VERSION.length()) {
      versionAt = 0;
      return true;
    }
    return false;
  }

  /// What separates words for some server.
  private static boolean isSpace(byte b) {
    return Octets.isBlank(b) || Octets.isLineEnd(b);
  }

  private static boolean isText(byte b) {
    return (b >= ' ' && b != 0x7f) || b == '\t' || b == '\r' || b == '\n';
  }

  /// Whether nothing after what was read can change the answer.
  public boolean isDecided() {
    return ended;
  }

  /// Whether anything but ASCII text was read.
  public boolean isBinary() {
    return binary;
  }
}
