package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import java.nio.charset.StandardCharsets;

/// Follows the answers of one connection by their framing (RFC 9112, section 6.3), so that a
/// connection on which nothing is outstanding can be told from one whose server pauses. It holds no
/// byte and changes none.
///
/// ```
///   START ──► head ──► LENGTH, or chunks and trailers ──end──► START, of the next answer
///     ▲         │
///     └───1xx───┴──until the server's end, 101, anything odd──► UNKNOWN, for good
/// ```
///
/// It is as strict as the reading of requests: what two clients could read differently is unknown,
/// and stays so. A body costs nothing but the counting of its bytes; of a head each byte is looked
/// at, eight at a time where only a line end counts (docs/DECISIONS.md).
final class AnswerFraming {
  /// More requests than this without an answer are not counted: unknown from there on.
  static final int MOST_OUTSTANDING = 32;

  private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONTENT_LENGTH = "content-length".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TRANSFER_ENCODING =
      "transfer-encoding".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CHUNKED = "chunked".getBytes(StandardCharsets.US_ASCII);

  /// `HTTP/1.1` as eight bytes.
  private static final long HTTP11 = 0x4854_5450_2f31_2e31L;

  /// `content-` and `transfer`, and what makes lower case of letters and keeps the hyphen.
  private static final long CONTENT = 0x636f_6e74_656e_742dL;

  private static final long TRANSFER = 0x7472_616e_7366_6572L;
  private static final long LOWER_CASE = 0x2020_2020_2020_2020L;

  private static final int CODE_AT = VERSION.length + 2;
  private static final int CODE_TO = CODE_AT + 3;
  private static final int MOST_LENGTH_DIGITS = 18;
  private static final int MOST_SIZE_DIGITS = 15;

  /// What of a request decides how its answer is framed.
  enum Asked {
    ORDINARY(0),
    /// The answer to HEAD ends with its head.
    HEAD(1),
    /// A client of HTTP/1.0 takes chunks for the body.
    HTTP10(2),
    /// After 2xx to CONNECT comes another protocol.
    CONNECT(3);

    private static final int BITS = 2;
    private static final int MASK = (1 << BITS) - 1;

    private final long bits;

    Asked(long bits) {
      this.bits = bits;
    }
  }

  private enum State {
    START,
    STATUS,
    /// What of a line is of no interest, to its end.
    REST_OF_LINE,
    LINE_LF,
    /// The first byte of a field line, of a head or of trailers.
    FIELD,
    /// A name that may become one that frames.
    FRAMING_NAME,
    OTHER_NAME,
    LENGTH_VALUE,
    CODING_VALUE,
    FIELDS_LF,
    LENGTH,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK,
    CHUNK_CR,
    CHUNK_LF,
    UNKNOWN
  }

  private State state = State.START;

  /// One [Asked] for each answer that is outstanding, the oldest in the lowest bits.
  private long asked;

  private int outstanding;

  /// How far the status line, a framing name, a value or the digits of a chunk's size are.
  private int at;

  private byte[] name = CONTENT_LENGTH;
  private boolean http10;
  private boolean inTrailers;
  private boolean chunked;
  private boolean valueEnded;
  private int code;

  /// The value of Content-Length; -1 without one.
  private long length;

  /// Bytes of the body, or of the chunk, that are to come.
  private long remaining;

  /// A request goes upstream now.
  void asked(Asked what) {
    if (outstanding == MOST_OUTSTANDING) {
      giveUp();
      return;
    }
    asked |= what.bits << (outstanding * Asked.BITS);
    outstanding++;
  }

  /// Answers cannot be followed any more: what they belong to is not certain.
  void giveUp() {
    state = State.UNKNOWN;
  }

  /// Whether every request that went upstream has its whole answer, and the server has begun
  /// nothing else. False when that is not known.
  boolean isAtRest() {
    return state == State.START && outstanding == 0;
  }

  /// Whether an answer is outstanding whose end will be known. False when that is not known.
  boolean isAwaited() {
    return state != State.UNKNOWN && !isAtRest();
  }

  /// Hears what the server said; the bytes stay as they are.
  void read(ByteBuf bytes) {
    int from = bytes.readerIndex();
    int to = bytes.writerIndex();
    while (from < to) {
      switch (state) {
        case UNKNOWN -> {
          return;
        }
        case LENGTH -> {
          from += skip(to - from);
          if (remaining == 0) {
            onEnd();
          }
        }
        case CHUNK -> {
          from += skip(to - from);
          if (remaining == 0) {
            state = State.CHUNK_CR;
          }
        }
        case START -> from = readStart(bytes, from, to);
        case REST_OF_LINE, CHUNK_EXTENSION -> from = readToLineEnd(bytes, from, to);
        case FIELD -> from = readField(bytes, from, to);
        case OTHER_NAME -> from = readName(bytes, from, to);
        default -> take(bytes.getByte(from++));
      }
    }
  }

  private int skip(int most) {
    int skipped = (int) Math.min(remaining, most);
    remaining -= skipped;
    return skipped;
  }

  /// The usual version is read at once.
  private int readStart(ByteBuf bytes, int from, int to) {
    if (!begin()) {
      giveUp();
      return to;
    }
    if (to - from < Long.BYTES || bytes.getLong(from) != HTTP11) {
      return from;
    }
    at = Long.BYTES;
    http10 = false;
    return from + Long.BYTES;
  }

  /// Goes to the first control character other than TAB, which has to be a CR; an LF is taken with
  /// it if it is there.
  private int readToLineEnd(ByteBuf bytes, int from, int to) {
    int end = Controls.next(bytes, from, to);
    if (end == to) {
      return to;
    }
    if (bytes.getByte(end) != '\r') {
      giveUp();
    } else if (state == State.CHUNK_EXTENSION) {
      state = State.CHUNK_SIZE_LF;
    } else if (end + 1 < to && bytes.getByte(end + 1) == '\n') {
      state = State.FIELD;
      return end + 2;
    } else {
      state = State.LINE_LF;
    }
    return end + 1;
  }

  private int readName(ByteBuf bytes, int from, int to) {
    int end = Octets.tokenEnd(bytes, from, to);
    if (end == to) {
      return to;
    }
    state = bytes.getByte(end) == ':' ? State.REST_OF_LINE : State.UNKNOWN;
    return end + 1;
  }

  private void take(byte b) {
    boolean fits =
        switch (state) {
          case STATUS -> takeStatus(b);
          case LINE_LF -> goOn(b == '\n', State.FIELD);
          case FRAMING_NAME -> takeFramingName(b);
          case LENGTH_VALUE -> takeLength(b);
          case CODING_VALUE -> takeCoding(b);
          case FIELDS_LF -> b == '\n' && onFieldsEnd();
          case CHUNK_SIZE -> takeSize(b);
          case CHUNK_SIZE_LF -> b == '\n' && onChunkSize();
          case CHUNK_CR -> goOn(b == '\r', State.CHUNK_LF);
          case CHUNK_LF -> goOn(b == '\n', beginSize());
          case START, REST_OF_LINE, FIELD, OTHER_NAME, LENGTH, CHUNK_EXTENSION, CHUNK, UNKNOWN ->
              throw new IllegalStateException(state + ": is not read byte by byte");
        };
    if (!fits) {
      giveUp();
    }
  }

  private boolean goOn(boolean fits, State next) {
    state = next;
    return fits;
  }

  /// An answer that nobody asked for is none.
  private boolean begin() {
    state = State.STATUS;
    at = 0;
    code = 0;
    length = -1;
    chunked = false;
    inTrailers = false;
    return outstanding > 0;
  }

  /// `HTTP/1.x SP code`, where x is 0 or 1, and a blank or the line end behind it.
  private boolean takeStatus(byte b) {
    int place = at++;
    if (place < VERSION.length) {
      return b == VERSION[place];
    }
    if (place == VERSION.length) {
      http10 = b == '0';
      return b == '0' || b == '1';
    }
    if (place < CODE_AT) {
      return b == ' ';
    }
    if (place < CODE_TO) {
      code = code * 10 + b - '0';
      return b >= '0' && b <= '9';
    }
    return b == ' ' ? goOn(true, State.REST_OF_LINE) : goOn(b == '\r', State.LINE_LF);
  }

  /// Most names are told from those that frame by their first eight bytes.
  private int readField(ByteBuf bytes, int from, int to) {
    at = 0;
    state = State.OTHER_NAME;
    switch (bytes.getByte(from)) {
      case '\r' -> state = State.FIELDS_LF;
      case 'c', 'C' -> beginFramingName(bytes, from, to, CONTENT_LENGTH, CONTENT);
      case 't', 'T' -> beginFramingName(bytes, from, to, TRANSFER_ENCODING, TRANSFER);
      default -> {
        if (!Octets.isToken(bytes.getByte(from))) {
          giveUp();
        }
      }
    }
    return from + 1;
  }

  /// @param start what it begins with, in lower case
  private void beginFramingName(ByteBuf bytes, int from, int to, byte[] candidate, long start) {
    if (to - from < Long.BYTES || (bytes.getLong(from) | LOWER_CASE) == start) {
      name = candidate;
      at = 1;
      state = State.FRAMING_NAME;
    }
  }

  private boolean takeFramingName(byte b) {
    if (at < name.length && lowerCase(b) == name[at]) {
      at++;
      return true;
    }
    if (b != ':') {
      state = State.OTHER_NAME;
      return Octets.isToken(b);
    }
    if (at < name.length) {
      state = State.REST_OF_LINE;
      return true;
    }
    at = 0;
    valueEnded = false;
    return name.length == CONTENT_LENGTH.length ? beginLength() : beginCoding();
  }

  /// Once only, and not behind the body.
  private boolean beginLength() {
    boolean isFirst = length < 0 && !inTrailers;
    length = 0;
    return goOn(isFirst, State.LENGTH_VALUE);
  }

  private boolean beginCoding() {
    boolean isFirst = !chunked && !inTrailers;
    chunked = true;
    return goOn(isFirst, State.CODING_VALUE);
  }

  /// `OWS digits OWS`, without leading zeros.
  private boolean takeLength(byte b) {
    if (b >= '0' && b <= '9') {
      boolean hasLeadingZero = at == 1 && length == 0;
      length = length * 10 + b - '0';
      return ++at <= MOST_LENGTH_DIGITS && !hasLeadingZero && !valueEnded;
    }
    return takeValueEnd(b, at > 0);
  }

  /// `OWS "chunked" OWS`: other codings leave it to the client what it makes of them.
  private boolean takeCoding(byte b) {
    if (at < CHUNKED.length && lowerCase(b) == CHUNKED[at]) {
      at++;
      return true;
    }
    return takeValueEnd(b, at == CHUNKED.length) && (at == 0 || at == CHUNKED.length);
  }

  private boolean takeValueEnd(byte b, boolean isWhole) {
    if (b == '\r') {
      return goOn(isWhole, State.LINE_LF);
    }
    valueEnded = at > 0;
    return Octets.isBlank(b);
  }

  private static int lowerCase(byte b) {
    return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
  }

  private boolean onFieldsEnd() {
    if (inTrailers) {
      onEnd();
      return true;
    }
    if (code < 200) {
      state = State.START; // the final answer to the same request
      return code >= 100 && code != 101 && !chunked && length < 0;
    }
    if (wasAsked(Asked.CONNECT) && code < 300) {
      return false;
    }
    if (wasAsked(Asked.HEAD) || code == 304) {
      onEnd();
      return true;
    }
    if (code == 204) {
      onEnd();
      return !chunked && length <= 0;
    }
    if (chunked) {
      state = beginSize();
      return length < 0 && !http10 && !wasAsked(Asked.HTTP10);
    }
    remaining = length;
    state = State.LENGTH;
    if (length == 0) {
      onEnd();
    }
    return length >= 0; // else until the server's end
  }

  private boolean wasAsked(Asked what) {
    return (asked & Asked.MASK) == what.bits;
  }

  private void onEnd() {
    state = State.START;
    asked >>>= Asked.BITS;
    outstanding--;
  }

  private State beginSize() {
    at = 0;
    remaining = 0;
    return State.CHUNK_SIZE;
  }

  private boolean takeSize(byte b) {
    int digit = Character.digit(b, 16);
    if (digit >= 0) {
      remaining = remaining << 4 | digit;
      return ++at <= MOST_SIZE_DIGITS;
    }
    boolean hasExtension = b == ';';
    state = hasExtension ? State.CHUNK_EXTENSION : State.CHUNK_SIZE_LF;
    return at > 0 && (hasExtension || b == '\r');
  }

  private boolean onChunkSize() {
    inTrailers = remaining == 0;
    state = inTrailers ? State.FIELD : State.CHUNK;
    return true;
  }
}
