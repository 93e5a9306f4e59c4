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
  private static final int LONGEST_METHOD = 64;

  private RequestLine() {}

  /// Whether the line, without its line end, is one.
  public static boolean is(ByteBuf in, int from, int to) {
    int methodTo = Octets.tokenEnd(in, from, to);
    int versionFrom = to - VERSION.length - 1;
    if (methodTo == from
        || methodTo - from > LONGEST_METHOD
        || versionFrom < methodTo + 3
        || in.getByte(methodTo) != ' '
        || in.getByte(versionFrom - 1) != ' '
        || Octets.targetEnd(in, methodTo + 1, to) != versionFrom - 1) {
      return false;
    }
    byte minor = in.getByte(to - 1);
    return Octets.startsWith(in, versionFrom, to, VERSION) && minor >= '0' && minor <= '9';
  }

  /// Whether a line that is not whole yet can still become one; decides at the first byte for TLS
  /// and most other protocols, so that they never wait.
  public static boolean mayBecome(ByteBuf in, int from, int to) {
    for (int i = from; i < to && i <= from + LONGEST_METHOD; i++) {
      byte b = in.getByte(i);
      if (b == ' ') {
        return i > from;
      }
      if (!Octets.isToken(b)) {
        // An empty line may come first, and the LF of any line in the next segment.
        return b == '\r' && i == to - 1;
      }
    }
    return to - from <= LONGEST_METHOD;
  }

  /// Whether a request line is of HTTP/1.0.
  static boolean isHttp10(ByteBuf in, int to) {
    return in.getByte(to - 1) == '0';
  }

  /// Whether a request line asks for a tunnel.
  static boolean isConnect(ByteBuf in, int from, int to) {
    return Octets.startsWith(in, from, to, CONNECT);
  }

  /// Whether a request line asks for a head only; a method in another case is another method.
  static boolean isHead(ByteBuf in, int from, int to) {
    return Octets.startsWith(in, from, to, HEAD);
  }
}
