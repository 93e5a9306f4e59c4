package io.podstamp.sniff;

import io.netty.buffer.ByteBuf;
import io.podstamp.http1.Preface;
import io.podstamp.http1.RequestLine;

/// What the first bytes of a connection begin (docs/http.md, "A new connection").
public enum Opening {
  /// More bytes are needed.
  INCOMPLETE,
  /// A TLS ClientHello.
  TLS,
  /// The HTTP/2 preface, exactly.
  HTTP2,
  /// A request line that every server reads alike.
  HTTP1,
  /// None of these: binary, or a line that some server might take for a request.
  UNKNOWN,
  /// Like [#UNKNOWN], and longer than a head may be.
  TOO_LARGE;

  private static final int MOST_BYTES = 64 << 10;
  private static final int MOST_EMPTY_LINES = 4;

  /// RFC 8446, section 5.1: handshake record, its version and length; section 4: the message's type
  /// and length.
  private static final int TLS_BYTES = 9;

  private static final int MOST_TLS_RECORD = 16384;

  public static Opening of(ByteBuf in, int from, int to) {
    Opening tls = tls(in, from, to);
    if (tls != UNKNOWN) {
      return tls;
    }
    Preface preface = Preface.at(in, from, to);
    if (preface != Preface.NONE) {
      return preface == Preface.WHOLE ? HTTP2 : INCOMPLETE;
    }
    int line = skipEmptyLines(in, from, to);
    int lf = in.indexOf(line, to, (byte) '\n');
    if (lf < 0) {
      return !RequestLine.mayBecome(in, line, to)
          ? UNKNOWN
          : to - from < MOST_BYTES ? INCOMPLETE : TOO_LARGE;
    }
    boolean crlf = lf > line && in.getByte(lf - 1) == '\r';
    int lineTo = crlf ? lf - 1 : lf;
    if (crlf && RequestLine.is(in, line, lineTo)) {
      return HTTP1;
    }
    return UNKNOWN;
  }

  private static Opening tls(ByteBuf in, int from, int to) {
    int length = Math.min(TLS_BYTES, to - from);
    for (int i = 0; i < length; i++) {
      int b = in.getUnsignedByte(from + i);
      boolean fits =
          switch (i) {
            case 0 -> b == 0x16;
            case 1 -> b == 3;
            case 2 -> b >= 1 && b <= 4;
            case 5 -> b == 1;
            default -> true;
          };
      if (!fits) {
        return UNKNOWN;
      }
    }
    if (length < TLS_BYTES) {
      return INCOMPLETE;
    }
    int record = in.getUnsignedShort(from + 3);
    int message = in.getUnsignedMedium(from + 6) + 4;
    // A message may go on in the next record, but no record goes on after its message.
    boolean consistent = record >= 4 && record <= MOST_TLS_RECORD && record <= message;
    return consistent ? TLS : UNKNOWN;
  }

  private static int skipEmptyLines(ByteBuf in, int from, int to) {
    int at = from;
    for (int i = 0; i < MOST_EMPTY_LINES && at + 2 <= to; i++) {
      if (in.getByte(at) != '\r' || in.getByte(at + 1) != '\n') {
        break;
      }
      at += 2;
    }
    return at;
  }
}
