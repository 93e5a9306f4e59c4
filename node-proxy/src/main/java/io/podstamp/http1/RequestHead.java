package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the head of a request line by line, as strictly as docs/http.md asks, and notes what the
/// writer and the framer need. One object serves a whole connection; nothing is allocated per
/// request.
///
/// A head is *certain* when every server, of good or bad manners, would see the same lines and the
/// same end.
final class RequestHead {
  private static final short CRLF = '\r' << Byte.SIZE | '\n';
  private static final byte[] EXPECT = "expect".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONTINUE = "100-continue".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBSOCKET_KEY =
      "sec-websocket-key".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBSOCKET = "websocket".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONNECTION = "connection".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PROXY_CONNECTION =
      "proxy-connection".getBytes(StandardCharsets.US_ASCII);
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
    /// A line holds a protected name where some server would take it for two lines.
    FORGED,
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
  private boolean http11;
  private boolean connect;
  private boolean isHead;
  private boolean isOddHead;
  private boolean methodHasBody;
  private int fieldsFrom;
  private int fieldCount;
  private int longestLine;
  private boolean webSocket;
  private @Nullable String webSocketKey;
  private boolean h2c;
  private boolean otherThanH2c;
  private boolean http2Settings;
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
    http11 = false;
    connect = false;
    isHead = false;
    isOddHead = false;
    methodHasBody = false;
    fieldsFrom = 0;
    fieldCount = 0;
    longestLine = 0;
    webSocket = false;
    webSocketKey = null;
    h2c = false;
    otherThanH2c = false;
    http2Settings = false;
    expectsContinue = false;
  }

  /// Reads on in a buffer whose reader index is where the request starts; it may hold more than
  /// before.
  Progress read(ByteBuf in, Stamp stamp) {
    int start = in.readerIndex();
    int end = Math.min(in.writerIndex(), start + Certain.MOST_HEAD_BYTES);
    while (true) {
      Progress plain = readPlainFields(in, start, end, stamp);
      if (plain != Progress.INCOMPLETE) {
        return plain;
      }
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
        Progress field = readField(in, start, from, to, stamp);
        if (field != Progress.INCOMPLETE) {
          return field;
        }
      } else if (to == from) {
        if (++emptyLines > Certain.MOST_EMPTY_LINES) {
          return Progress.NOT_A_REQUEST;
        }
      } else {
        Progress line = readFirstLine(in, from, to, stamp);
        if (line != Progress.INCOMPLETE) {
          return line;
        }
      }
    }
  }

  /// Reads whole field lines of which nothing is odd, each byte once; any other one is left to the
  /// reading line by line.
  ///
  /// @return INCOMPLETE to go on
  private Progress readPlainFields(ByteBuf in, int start, int end, Stamp stamp) {
    Progress progress = Progress.INCOMPLETE;
    while (progress == Progress.INCOMPLETE && sawRequestLine && scanned == lineStart) {
      int from = start + lineStart;
      int colon = Octets.plainEnd(in, from, end);
      if (colon == from || colon >= end || in.getByte(colon) != ':') {
        break;
      }
      int to = Octets.printableEnd(in, colon + 1, end);
      if (to + 2 > end || in.getShort(to) != CRLF) {
        break;
      }
      scanned = to + 2 - start;
      lineStart = scanned;
      progress = onField(in, start, from, colon, to, true, Fields.Value.PLAIN, stamp);
    }
    return progress;
  }

  /// @return INCOMPLETE to go on
  private Progress readFirstLine(ByteBuf in, int from, int to, Stamp stamp) {
    RequestLine.Line line = RequestLine.of(in, from, to);
    if (line == RequestLine.Line.NONE) {
      return Progress.NOT_A_REQUEST;
    }
    readRequestLine(in, from, to);
    boolean mayBeTwo = line == RequestLine.Line.EIGHT_BIT || to - from > Certain.LONGEST_WHOLE_LINE;
    boolean forged =
        Fields.beginsWithName(in, from, to, stamp.guarded())
            || (mayBeTwo && stamp.guarded().hideIn(in, from, to));
    return forged ? Progress.FORGED : Progress.INCOMPLETE;
  }

  private Progress onPartOfLine(ByteBuf in, int start, int from, int end) {
    scanned = end - start;
    if (!sawRequestLine && !RequestLine.mayBecome(in, from, end)) {
      return Progress.NOT_A_REQUEST;
    }
    return scanned >= Certain.MOST_HEAD_BYTES ? Progress.TOO_LARGE : Progress.INCOMPLETE;
  }

  private void readRequestLine(ByteBuf in, int from, int to) {
    sawRequestLine = true;
    fieldsFrom = scanned;
    longestLine = to - from;
    byte minor = in.getByte(to - 1);
    http10 = minor == '0';
    http11 = minor == '1';
    connect = RequestLine.isConnect(in, from, to);
    isHead = RequestLine.isHead(in, from, to);
    isOddHead = !isHead && RequestLine.isHeadInAnyCase(in, from);
    methodHasBody = RequestLine.methodHasBody(in, from, to);
  }

  /// `token ":" OWS value OWS`; the line end is not part of `from` to `to`.
  ///
  /// @return INCOMPLETE to go on
  private Progress readField(ByteBuf in, int start, int from, int to, Stamp stamp) {
    int plainTo = Octets.plainEnd(in, from, to);
    boolean plain = plainTo > from && plainTo < to && in.getByte(plainTo) == ':';
    int colon = plain ? plainTo : Fields.nameEnd(in, from, to);
    if (colon < 0) {
      return Progress.UNCERTAIN;
    }
    Fields.Value value = Fields.valueOf(in, colon + 1, to);
    return value == Fields.Value.NOT_CERTAIN
        ? Progress.UNCERTAIN
        : onField(in, start, from, colon, to, plain, value, stamp);
  }

  /// @param plain whether the name is of letters, digits and `-` alone
  /// @return INCOMPLETE to go on
  private Progress onField(
      ByteBuf in,
      int start,
      int from,
      int colon,
      int to,
      boolean plain,
      Fields.Value value,
      Stamp stamp) {
    int length = to - from;
    fieldCount++;
    longestLine = Math.max(longestLine, length);
    if ((length > Certain.LONGEST_WHOLE_LINE || value == Fields.Value.EIGHT_BIT)
        && stamp.guarded().hideIn(in, colon + 1, to)) {
      return Progress.FORGED;
    }
    int ours = stamp.indexOf(in, from, colon, plain);
    boolean certain =
        ours >= 0
            ? lines.add(ours, from - start, scanned, stamp.field(ours).isNamed(in, from, colon))
            : mark(in, start, from, colon, to);
    return certain && (plain || !mayFrame(in, from, colon))
        ? Progress.INCOMPLETE
        : Progress.UNCERTAIN;
  }

  /// Whether a name with other signs than `-` passes for one that says where the message ends, or
  /// what comes behind it.
  private static boolean mayFrame(ByteBuf in, int from, int colon) {
    return Octets.passesFor(in, from, colon, BodyFraming.CONTENT_LENGTH)
        || Octets.passesFor(in, from, colon, BodyFraming.TRANSFER_ENCODING)
        || Octets.passesFor(in, from, colon, EXPECT)
        || Octets.passesFor(in, from, colon, UPGRADE)
        || Octets.passesFor(in, from, colon, HTTP2_SETTINGS);
  }

  private boolean mark(ByteBuf in, int start, int from, int colon, int to) {
    int lineFrom = from - start;
    // The length first: most names are told apart by it.
    return switch (colon - from) {
      case 6 -> !Octets.equalsIgnoreCase(in, from, colon, EXPECT) || readExpect(in, colon, to);
      case 7 -> {
        if (!Octets.equalsIgnoreCase(in, from, colon, UPGRADE)) {
          yield true;
        }
        h2c |= ListValue.contains(in, colon + 1, to, H2C);
        otherThanH2c |= ListValue.containsAny(in, colon + 1, to, RequestHead::isOtherThanH2c);
        webSocket |= ListValue.contains(in, colon + 1, to, WEBSOCKET);
        yield lines.add(MarkedLines.UPGRADE, lineFrom, scanned, true);
      }
      case 10 ->
          !Octets.equalsIgnoreCase(in, from, colon, CONNECTION)
              || readConnection(in, lineFrom, colon, to);
      case 14 -> {
        if (Octets.equalsIgnoreCase(in, from, colon, BodyFraming.CONTENT_LENGTH)) {
          yield !hasTab(in, colon, to) && framing.readContentLength(in, from, colon, to);
        }
        boolean settings = Octets.equalsIgnoreCase(in, from, colon, HTTP2_SETTINGS);
        http2Settings |= settings;
        yield !settings || lines.add(MarkedLines.HTTP2_SETTINGS, lineFrom, scanned, true);
      }
      // The older name of the other.
      case 16 ->
          !Octets.equalsIgnoreCase(in, from, colon, PROXY_CONNECTION)
              || readConnection(in, lineFrom, colon, to);
      case 17 -> {
        if (Octets.equalsIgnoreCase(in, from, colon, WEBSOCKET_KEY)) {
          webSocketKey = in.toString(colon + 1, to - colon - 1, StandardCharsets.US_ASCII).strip();
        }
        yield !Octets.equalsIgnoreCase(in, from, colon, BodyFraming.TRANSFER_ENCODING)
            || (!hasTab(in, colon, to) && framing.readTransferEncoding(in, from, colon, to));
      }
      default -> true;
    };
  }

  private boolean readConnection(ByteBuf in, int lineFrom, int colon, int to) {
    framing.readConnection(in, colon + 1, to);
    return lines.add(MarkedLines.CONNECTION, lineFrom, scanned, true);
  }

  private boolean readExpect(ByteBuf in, int colon, int to) {
    int from = ListValue.skipBlanks(in, colon + 1, to);
    expectsContinue =
        Octets.equalsIgnoreCase(in, from, ListValue.trimBlanks(in, from, to), CONTINUE);
    return expectsContinue;
  }

  /// Node takes `Transfer-Encoding:` with a TAB before `chunked` for no coding at all.
  private static boolean hasTab(ByteBuf in, int from, int to) {
    return in.indexOf(from, to, (byte) '\t') >= 0;
  }

  /// Bytes of a complete head, empty lines before it and the one after it included.
  int length() {
    return scanned;
  }

  /// Where the first field line starts: in certain heads the stamp goes there.
  int fieldsFrom() {
    return fieldsFrom;
  }

  /// Where the request line ends, in a buffer whose reader index is where the request starts: at
  /// its line end, or with the bytes that are there.
  int requestLineEnd(ByteBuf in) {
    return sawRequestLine ? in.readerIndex() + fieldsFrom - 2 : in.writerIndex();
  }

  int fieldCount() {
    return fieldCount;
  }

  /// In bytes, of a complete head.
  int longestLine() {
    return longestLine;
  }

  /// Whether its version is one that no server was made for.
  boolean isOfLaterVersion() {
    return !http11 && !http10;
  }

  /// Whether every server expects a body with that method.
  boolean methodHasBody() {
    return methodHasBody;
  }

  /// The key of a WebSocket's handshake; null if it is none.
  @Nullable String webSocketKey() {
    return webSocket ? webSocketKey : null;
  }

  MarkedLines lines() {
    return lines;
  }

  BodyFraming framing() {
    return framing;
  }

  /// Whether some servers only frame the answer as that to HEAD.
  boolean isOddHead() {
    return isOddHead;
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
    boolean upgrade = otherThanH2c || (h2c && !losesH2c());
    return connect ? Switch.CONNECT : upgrade ? Switch.UPGRADE : Switch.NONE;
  }

  /// Whether `h2c` is taken out of the `Upgrade`. Without `HTTP2-Settings` it is no change to
  /// HTTP/2 (RFC 7540, section 3.2.1), and whoever sends it so means something else by it:
  /// BuildKit's session, in which the server speaks as a client. The tripwire goes off at a preface
  /// there.
  boolean losesH2c() {
    return h2c && http2Settings;
  }

  /// Whether `Connection: upgrade` still has an `Upgrade` line to belong to once `h2c` is gone.
  boolean upgradeStays() {
    return !losesH2c() || otherThanH2c;
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
