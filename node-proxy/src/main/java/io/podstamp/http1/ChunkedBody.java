package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import java.nio.charset.StandardCharsets;

/// Finds the end of a chunked body, as strictly as docs/http.md asks; the bytes pass as they came.
final class ChunkedBody {
  private static final int MOST_TRAILER_BYTES = Certain.MOST_HEAD_BYTES;
  private static final byte[] VERSION = "HTTP/".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HOST = "host".getBytes(StandardCharsets.US_ASCII);

  /// How far it is.
  enum Progress {
    MORE,
    COMPLETE,
    UNCERTAIN
  }

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER
  }

  private State state = State.SIZE;
  private long remaining;
  private int digits;
  private boolean sawExtension;
  private final ChunkExtension extension = new ChunkExtension();
  private int extensionBytes;
  private int extensionBytesOfMessage;
  private int trailerBytes;
  private int readTo;

  /// Ready for the next body.
  void reset() {
    state = State.SIZE;
    remaining = 0;
    digits = 0;
    sawExtension = false;
    extensionBytes = 0;
    extensionBytesOfMessage = 0;
    trailerBytes = 0;
  }

  /// Reads on from an index. What was read is certain; [#readTo] says how far that is.
  Progress read(ByteBuf in, int from, int to, Stamp stamp) {
    int at = from;
    while (at < to) {
      switch (state) {
        case DATA -> {
          long step = Math.min(remaining, to - at);
          remaining -= step;
          at += (int) step;
          if (remaining == 0) {
            state = State.DATA_CR;
          }
        }
        case TRAILER -> {
          int lf = in.indexOf(at, to, (byte) '\n');
          if (lf < 0) {
            readTo = at;
            return trailerBytes + to - at > MOST_TRAILER_BYTES ? Progress.UNCERTAIN : Progress.MORE;
          }
          readTo = at;
          if (lf == at || in.getByte(lf - 1) != '\r') {
            return Progress.UNCERTAIN;
          }
          if (lf - 1 == at) {
            readTo = lf + 1;
            return Progress.COMPLETE;
          }
          trailerBytes += lf + 1 - at;
          if (trailerBytes > MOST_TRAILER_BYTES || !isCertainTrailer(in, at, lf - 1, stamp)) {
            return Progress.UNCERTAIN;
          }
          at = lf + 1;
        }
        default -> {
          if (!take(in.getByte(at))) {
            readTo = at;
            return Progress.UNCERTAIN;
          }
          at++;
        }
      }
    }
    readTo = at;
    return Progress.MORE;
  }

  /// The index up to which bytes may go upstream as certain; a trailer line waits until it is
  /// whole.
  int readTo() {
    return readTo;
  }

  /// One byte of the framing between the data.
  private boolean take(byte b) {
    return switch (state) {
      case SIZE -> takeSize(b);
      case EXTENSION -> takeExtension(b);
      case SIZE_LF -> {
        state = remaining == 0 ? State.TRAILER : State.DATA;
        digits = 0;
        extensionBytes = 0;
        yield b == '\n';
      }
      case DATA_CR -> {
        state = State.DATA_LF;
        yield b == '\r';
      }
      case DATA_LF -> {
        state = State.SIZE;
        yield b == '\n';
      }
      case DATA, TRAILER -> throw new IllegalStateException("read by length and by line");
    };
  }

  private boolean takeSize(byte b) {
    int digit = Character.digit(b, 16);
    if (digit >= 0) {
      remaining = remaining << 4 | digit;
      digits++;
      return digits <= Certain.MOST_SIZE_DIGITS && remaining <= Certain.MOST_SIZE;
    }
    if (b == ';') {
      extension.begin();
      sawExtension = true;
      state = State.EXTENSION;
    } else {
      state = State.SIZE_LF;
    }
    return digits > 0 && (b == ';' || b == '\r');
  }

  private boolean takeExtension(byte b) {
    if (b == '\r') {
      state = State.SIZE_LF;
      return extension.mayEnd();
    }
    return extension.take(b)
        && ++extensionBytes <= Certain.MOST_EXTENSION_BYTES
        && ++extensionBytesOfMessage <= Certain.MOST_EXTENSION_BYTES_A_MESSAGE;
  }

  private static boolean isCertainTrailer(ByteBuf in, int from, int to, Stamp stamp) {
    int colon = Fields.nameEnd(in, from, to);
    return colon >= 0
        && Fields.valueOf(in, colon + 1, to) == Fields.Value.PLAIN
        && !stamp.hasHeader(in, from, colon)
        && (to - from <= Certain.LONGEST_WHOLE_LINE || !stamp.guarded().hideIn(in, colon + 1, to))
        && !Octets.passesFor(in, from, colon, BodyFraming.CONTENT_LENGTH)
        && !Octets.passesFor(in, from, colon, BodyFraming.TRANSFER_ENCODING)
        && !Octets.passesFor(in, from, colon, HOST)
        && !Fields.contains(in, colon, to, VERSION);
  }

  /// Whether a chunk had an extension: some servers read its line in two.
  boolean sawExtension() {
    return sawExtension;
  }
}
