package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// What the server has said, as far as its requests have to know: whether it spoke at all, how it
/// began, and the status that a switch of protocols waits for. Responses are not parsed beyond
/// that, and never changed.
///
/// The status is the first line that the server sends after the head was written (HTTP.md, "Mode
/// switches"); interim responses before it are skipped (RFC 9110, section 15.2).
public final class ResponseWatch {
  private static final byte[] HTTP = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);
  private static final int FRAME_HEADER = 9;
  private static final int MOST_FRAME = 16384;
  private static final int SETTINGS = 4;
  private static final int STATUS_AT = "HTTP/1.1 ".length();
  private static final int STATUS_TO = STATUS_AT + 3;

  /// How the server began.
  public enum Beginning {
    /// It has said nothing, or too little to tell.
    UNKNOWN,
    HTTP,
    /// With the SETTINGS that a server of HTTP/2 sends first, maybe before its client sends
    /// anything (RFC 9113, section 3.4).
    HTTP2,
    OTHER
  }

  /// What the server answered to the head that was marked last.
  public enum Status {
    NONE_YET,
    SWITCHING_PROTOCOLS,
    SUCCESS,
    OTHER_FINAL,
    /// Its bytes are no status line: nothing may be concluded from them.
    NOT_HTTP
  }

  private enum State {
    IDLE,
    STATUS_LINE,
    INTERIM
  }

  private Beginning beginning = Beginning.UNKNOWN;
  private int firstByte = -1;
  private int begun;
  private boolean spokeSinceHead;

  private State state = State.IDLE;
  private Status status = Status.NONE_YET;
  private int at;
  private int code;
  private int lineLength;

  /// Hears what the server said; the bytes stay as they are.
  public void read(ByteBuf bytes) {
    int to = bytes.writerIndex();
    int from = bytes.readerIndex();
    if (from == to) {
      return;
    }
    spokeSinceHead = true;
    for (int i = from; beginning == Beginning.UNKNOWN && i < to; i++) {
      begin(bytes.getByte(i));
    }
    for (int i = from; state != State.IDLE && i < to; i++) {
      take(bytes.getByte(i));
    }
  }

  private void begin(byte b) {
    if (begun == 0) {
      firstByte = b & 0xff;
    }
    if (firstByte == HTTP[0] ? b != HTTP[begun] : !isOfSettings(b)) {
      beginning = Beginning.OTHER;
    } else if (++begun == FRAME_HEADER) {
      beginning = Beginning.HTTP2;
    } else if (firstByte == HTTP[0] && begun == "HTTP/".length()) {
      beginning = Beginning.HTTP;
    }
  }

  /// Length, type, flags and stream of a SETTINGS frame that is no acknowledgement, and not longer
  /// than frames are before anybody allowed longer ones (RFC 9113, sections 4.1, 4.2 and 6.5).
  private boolean isOfSettings(byte b) {
    return switch (begun) {
      case 0 -> b == 0;
      case 1 -> b >= 0 && b <= MOST_FRAME >> 8;
      case 2 -> true;
      case 3 -> b == SETTINGS;
      default -> b == 0;
    };
  }

  private void take(byte b) {
    if (state == State.INTERIM) {
      // The empty line ends it, however its lines end.
      if (b == '\n') {
        if (lineLength == 0) {
          expectStatusLine();
        }
        lineLength = 0;
      } else if (b != '\r') {
        lineLength++;
      }
      return;
    }
    boolean fits =
        at < HTTP.length ? b == HTTP[at] : at == STATUS_AT - 1 ? b == ' ' : b >= '0' && b <= '9';
    if (!fits) {
      conclude(Status.NOT_HTTP);
      return;
    }
    if (at >= STATUS_AT) {
      code = code * 10 + b - '0';
    }
    if (++at == STATUS_TO) {
      onStatus();
    }
  }

  private void onStatus() {
    if (code == 101) {
      conclude(Status.SWITCHING_PROTOCOLS);
    } else if (code < 200) {
      state = State.INTERIM;
      lineLength = 1;
    } else {
      conclude(code < 300 ? Status.SUCCESS : Status.OTHER_FINAL);
    }
  }

  private void conclude(Status concluded) {
    status = concluded;
    state = State.IDLE;
  }

  private void expectStatusLine() {
    state = State.STATUS_LINE;
    at = 0;
    code = 0;
  }

  /// A head goes upstream now.
  ///
  /// @param awaited whether [#status] will be asked for
  public void onHead(boolean awaited) {
    spokeSinceHead = false;
    status = Status.NONE_YET;
    if (awaited) {
      expectStatusLine();
    } else {
      state = State.IDLE;
    }
  }

  /// The answer to the last head that awaits one.
  public Status status() {
    return status;
  }

  /// Whether the server has said anything since the last head.
  public boolean spokeSinceHead() {
    return spokeSinceHead;
  }

  /// Whether the server has said anything.
  public boolean spoke() {
    return firstByte >= 0;
  }

  /// How the server began.
  public Beginning beginning() {
    return beginning;
  }

  /// The first byte the server sent; -1 before that.
  public int firstByte() {
    return firstByte;
  }
}
