package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import java.nio.charset.StandardCharsets;

/// Tells a request line that every server reads alike from everything else: `method SP target SP
/// HTTP/1.digit`.
public final class RequestLine {
  private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONNECT = "CONNECT ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEAD = "HEAD ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LOWER_HEAD = "head ".getBytes(StandardCharsets.US_ASCII);
  private static final int LONGEST_WAITED_FOR = 8 << 10;
  private static final byte[][] WITH_BODY = {
    "POST ".getBytes(StandardCharsets.US_ASCII),
    "PUT ".getBytes(StandardCharsets.US_ASCII),
    "PATCH ".getBytes(StandardCharsets.US_ASCII)
  };

  private RequestLine() {}

  /// What a line is.
  enum Line {
    NONE,
    PLAIN,
    /// It has bytes that are not ASCII; some servers take one for a line end.
    EIGHT_BIT
  }

  /// Whether the line, without its line end, is one.
  public static boolean is(ByteBuf in, int from, int to) {
    return of(in, from, to) != Line.NONE;
  }

  /// The same, and which.
  static Line of(ByteBuf in, int from, int to) {
    int methodTo = Octets.tokenEnd(in, from, to);
    int versionFrom = to - VERSION.length - 1;
    if (methodTo == from
        || methodTo - from > Certain.LONGEST_METHOD
        || versionFrom < methodTo + 3
        || in.getByte(methodTo) != ' '
        || in.getByte(versionFrom - 1) != ' ') {
      return Line.NONE;
    }
    int plainTo = Octets.plainTargetEnd(in, methodTo + 1, to);
    boolean plain = plainTo == versionFrom - 1;
    byte minor = in.getByte(to - 1);
    boolean fits =
        (plain || Octets.targetEnd(in, plainTo, to) == versionFrom - 1)
            && Octets.startsWith(in, versionFrom, to, VERSION)
            && minor >= '0'
            && minor <= '9';
    return !fits ? Line.NONE : plain ? Line.PLAIN : Line.EIGHT_BIT;
  }

  /// Whether a line that is not whole yet can still become one; decides at the first byte for TLS
  /// and most other protocols, so that they never wait.
  public static boolean mayBecome(ByteBuf in, int from, int to) {
    for (int i = from; i < to && i <= from + Certain.LONGEST_METHOD; i++) {
      byte b = in.getByte(i);
      if (b == ' ') {
        return i > from && mayBeTarget(in, i + 1, to);
      }
      if (!Octets.isToken(b)) {
        // An empty line may come first, and the LF of any line in the next segment.
        return b == '\r' && i == to - 1;
      }
    }
    return to - from <= Certain.LONGEST_METHOD;
  }

  private static boolean mayBeTarget(ByteBuf in, int from, int to) {
    for (int at = from; at < to; at++) {
      byte b = in.getByte(at);
      if ((b >= 0 && b < ' ') || b == 0x7f) {
        return b == '\r' && at == to - 1;
      }
    }
    return true;
  }

  /// Whether a request begins at a place where the body of the last one may begin too.
  enum Begins {
    YES,
    NO,
    NOT_YET
  }

  /// Looks at what is there.
  ///
  /// @param bodyLength of the body that it may be
  static Begins begins(ByteBuf in, long bodyLength) {
    int from = in.readerIndex();
    int to = in.writerIndex();
    int lf = in.indexOf(from, Math.min(to, from + LONGEST_WAITED_FOR), (byte) '\n');
    if (lf >= 0) {
      return lf > from && in.getByte(lf - 1) == '\r' && is(in, from, lf - 1)
          ? Begins.YES
          : Begins.NO;
    }
    return to - from < Math.min(bodyLength, LONGEST_WAITED_FOR) && mayBecome(in, from, to)
        ? Begins.NOT_YET
        : Begins.NO;
  }

  /// Whether a request line has a method whose body every server reads.
  static boolean methodHasBody(ByteBuf in, int from, int to) {
    for (byte[] method : WITH_BODY) {
      if (Octets.startsWith(in, from, to, method)) {
        return true;
      }
    }
    return false;
  }

  /// Whether a request line asks for a tunnel.
  static boolean isConnect(ByteBuf in, int from, int to) {
    return Octets.startsWith(in, from, to, CONNECT);
  }

  /// Whether a request line asks for a head only; a method in another case is another method, but
  /// not to every server.
  static boolean isHeadInAnyCase(ByteBuf in, int from) {
    return Octets.equalsIgnoreCase(in, from, from + LOWER_HEAD.length, LOWER_HEAD);
  }

  /// The same, as it is spelt.
  static boolean isHead(ByteBuf in, int from, int to) {
    return Octets.startsWith(in, from, to, HEAD);
  }
}
