package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import java.nio.charset.StandardCharsets;

/// Reads the head of a request line by line, as strictly as HTTP.md asks, and notes what the writer
/// and the framer need. One object serves a whole connection; nothing is allocated per request.
///
/// A head is *certain* when every server, of good or bad manners, would see the same lines and the
/// same end.
final class RequestHead {
  private static final int MOST_BYTES = 64 << 10;
  private static final int MOST_EMPTY_LINES = 4;
  private static final byte[] EXPECT = "expect".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONTINUE = "100-continue".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONNECTION = "connection".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UPGRADE = "upgrade".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] H2C = "h2c".getBytes(StandardCharsets.US_ASCII);
  static final byte[] HTTP2_SETTINGS = "http2-settings".getBytes(StandardCharsets.US_ASCII);

  /// How far the reading is.
  enum Progress {
    /// More bytes are needed.
    INCOMPLETE,
    /// The head is whole, and certain.
    COMPLETE,
    /// The head is not certain; nothing may be concluded from it.
    UNCERTAIN,
    /// The first line is no HTTP/1 request line.
    NOT_A_REQUEST,
    TOO_LARGE
  }

  /// How a head may end HTTP/1 on its connection.
  enum Switch {
    NONE,
    /// `101` says that another protocol follows (RFC 9110, section 7.8).
    UPGRADE,
    /// `2xx` makes a tunnel (RFC 9110, section 9.3.6).
    CONNECT
  }

  private final MarkedLines lines = new MarkedLines();
  private final BodyFraming framing = new BodyFraming();
  private int scanned;
  private int lineStart;
  private int emptyLines;
  private boolean sawRequestLine;
  private boolean http10;
  private boolean connect;
  private boolean isHead;
  private boolean h2c;
  private boolean otherThanH2c;
  private boolean expectsContinue;

  RequestHead() {
    reset();
  }

  /// Ready for the next request, which starts at the buffer's reader index.
  void reset() {
    lines.reset();
    framing.reset();
    scanned = 0;
    lineStart = 0;
    emptyLines = 0;
    sawRequestLine = false;
    http10 = false;
    connect = false;
    isHead = false;
    h2c = false;
    otherThanH2c = false;
    expectsContinue = false;
  }

  /// Reads on in a buffer whose reader index is where the request starts; it may hold more than
  /// before.
  Progress read(ByteBuf in, Stamp stamp) {
    int start = in.readerIndex();
    int end = Math.min(in.writerIndex(), start + MOST_BYTES);
    while (true) {
      int from = start + lineStart;
      int lf = in.indexOf(start + scanned, end, (byte) '\n');
      if (lf < 0) {
        return onPartOfLine(in, start, from, end);
      }
      int to = lf - 1;
      scanned = lf + 1 - start;
      lineStart = scanned;
      if (to < from || in.getByte(to) != '\r') {
        return sawRequestLine ? Progress.UNCERTAIN : Progress.NOT_A_REQUEST;
      }
      if (sawRequestLine) {
        if (to == from) {
          return framing.isCertain(http10) ? Progress.COMPLETE : Progress.UNCERTAIN;
        }
        if (!readField(in, start, from, to, stamp)) {
          return Progress.UNCERTAIN;
        }
      } else if (to == from) {
        if (++emptyLines > MOST_EMPTY_LINES) {
          return Progress.NOT_A_REQUEST;
        }
      } else if (RequestLine.is(in, from, to)) {
        sawRequestLine = true;
        http10 = RequestLine.isHttp10(in, to);
        connect = RequestLine.isConnect(in, from, to);
        isHead = RequestLine.isHead(in, from, to);
      } else {
        return Progress.NOT_A_REQUEST;
      }
    }
  }

  private Progress onPartOfLine(ByteBuf in, int start, int from, int end) {
    scanned = end - start;
    if (!sawRequestLine && !RequestLine.mayBecome(in, from, end)) {
      return Progress.NOT_A_REQUEST;
    }
    return scanned >= MOST_BYTES ? Progress.TOO_LARGE : Progress.INCOMPLETE;
  }

  /// `token ":" OWS value OWS`; the line end is not part of `from` to `to`.
  private boolean readField(ByteBuf in, int start, int from, int to, Stamp stamp) {
    int colon = Fields.nameEnd(in, from, to);
    if (colon < 0 || !Fields.isValue(in, colon + 1, to)) {
      return false;
    }
    int lineFrom = from - start;
    int nextLine = to + 2 - start;
    int ours = stamp.indexOf(in, from, colon);
    if (ours >= 0) {
      return lines.add(ours, lineFrom, nextLine);
    }
    // The length first: most names are told apart by it.
    return switch (colon - from) {
      case 6 -> {
        if (!Octets.equalsIgnoreCase(in, from, colon, EXPECT)) {
          yield true;
        }
        int valueFrom = ListValue.skipBlanks(in, colon + 1, to);
        int valueTo = ListValue.trimBlanks(in, valueFrom, to);
        expectsContinue = Octets.equalsIgnoreCase(in, valueFrom, valueTo, CONTINUE);
        yield expectsContinue;
      }
      case 7 -> {
        if (!Octets.equalsIgnoreCase(in, from, colon, UPGRADE)) {
          yield true;
        }
        h2c |= ListValue.contains(in, colon + 1, to, H2C);
        otherThanH2c |= ListValue.containsAny(in, colon + 1, to, RequestHead::isOtherThanH2c);
        yield lines.add(MarkedLines.UPGRADE, lineFrom, nextLine);
      }
      case 10 -> {
        if (!Octets.equalsIgnoreCase(in, from, colon, CONNECTION)) {
          yield true;
        }
        framing.readConnection(in, colon + 1, to);
        yield lines.add(MarkedLines.CONNECTION, lineFrom, nextLine);
      }
      case 14 ->
          Octets.equalsFolded(in, from, colon, BodyFraming.CONTENT_LENGTH)
              ? !hasTab(in, colon, to) && framing.readContentLength(in, from, colon, to)
              : !Octets.equalsFolded(in, from, colon, HTTP2_SETTINGS)
                  || lines.add(MarkedLines.HTTP2_SETTINGS, lineFrom, nextLine);
      case 17 ->
          !Octets.equalsFolded(in, from, colon, BodyFraming.TRANSFER_ENCODING)
              || (!hasTab(in, colon, to) && framing.readTransferEncoding(in, from, colon, to));
      default -> true;
    };
  }

  /// Node takes `Transfer-Encoding:` with a TAB before `chunked` for no coding at all.
  private static boolean hasTab(ByteBuf in, int from, int to) {
    return in.indexOf(from, to, (byte) '\t') >= 0;
  }

  /// Bytes of a complete head, empty lines before it and the one after it included.
  int length() {
    return scanned;
  }

  MarkedLines lines() {
    return lines;
  }

  BodyFraming framing() {
    return framing;
  }

  /// What decides how the answer is framed.
  AnswerFraming.Asked asked() {
    if (isHead) {
      return AnswerFraming.Asked.HEAD;
    }
    if (connect) {
      return AnswerFraming.Asked.CONNECT;
    }
    return http10 ? AnswerFraming.Asked.HTTP10 : AnswerFraming.Asked.ORDINARY;
  }

  /// Whether another protocol may follow this request, once its stamp is on it.
  Switch wants() {
    return connect ? Switch.CONNECT : otherThanH2c ? Switch.UPGRADE : Switch.NONE;
  }

  /// Whether `Connection: upgrade` still has an `Upgrade` line to belong to once `h2c` is gone.
  boolean upgradeStays() {
    return !h2c || otherThanH2c;
  }

  /// Whether the client may wait for a `100` before it sends the body.
  boolean expectsContinue() {
    return expectsContinue;
  }

  static boolean isH2c(ByteBuf bytes, int from, int to) {
    return Octets.equalsIgnoreCase(bytes, from, to, H2C);
  }

  private static boolean isOtherThanH2c(ByteBuf bytes, int from, int to) {
    return to > from && !isH2c(bytes, from, to);
  }
}
