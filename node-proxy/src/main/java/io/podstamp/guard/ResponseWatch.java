package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Hears what the server says, before any stage does: whether it spoke at all, how it began, and
/// the status that a switch of protocols waits for. Responses are not parsed beyond that, and never
/// changed.
///
/// The status is the first line that the server sends after the head was written (docs/http.md,
/// "Switches"); interim responses before it are skipped (RFC 9110, section 15.2).
public final class ResponseWatch extends ChannelOutboundHandlerAdapter {
  private static final byte[] HTTP = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);
  private static final int FRAME_HEADER = 9;
  private static final int MOST_FRAME = 16384;
  private static final int SETTINGS = 4;
  private static final int FLAGS = Pattern.MULTILINE | Pattern.CASE_INSENSITIVE;
  private static final int NO_CONTENT = 204;
  private static final int RESET_CONTENT = 205;
  private static final int MOST_HEAD = 8 << 10;
  private static final Pattern FRAMING =
      Pattern.compile("^(content-length|transfer-encoding)[ \t]*:", FLAGS);
  private static final Pattern NO_BODY =
      Pattern.compile("^content-length[ \t]*:[ \t]*0[ \t]*\r?$", FLAGS);
  private static final Pattern DOCKER_STREAM =
      Pattern.compile(
          "^content-type:[ \t]*application/vnd\\.docker\\.(raw|multiplexed)-stream\\b", FLAGS);
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
    /// A success to a head that asked for another protocol, whose answer has no end of its own: the
    /// other protocol begins behind it, as behind a `101` (Docker's attach and exec).
    RAW_STREAM,
    OTHER_FINAL,
    /// Its bytes are no status line: nothing may be concluded from them.
    NOT_HTTP
  }

  private enum State {
    IDLE,
    STATUS_LINE,
    INTERIM,
    /// The rest of a head behind which another protocol begins.
    LAST_HEAD
  }

  private Beginning beginning = Beginning.UNKNOWN;
  private int firstByte = -1;
  private int begun;
  private boolean spoke;
  private Dialogue dialogue = new Dialogue();

  private State state = State.IDLE;
  private Status status = Status.NONE_YET;
  private int at;
  private int code;
  private int lineLength;
  private boolean sawContinue;
  private boolean connects;
  private boolean upgrades;
  private Status last = Status.NONE_YET;
  private final StringBuilder lastHead = new StringBuilder(0);
  private boolean inAnswer;
  private boolean distrusted;

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    read((ByteBuf) msg);
    ctx.write(msg, promise);
  }

  /// Hears what the server said; the bytes stay as they are.
  public void read(ByteBuf bytes) {
    int to = bytes.writerIndex();
    int from = bytes.readerIndex();
    if (from == to) {
      return;
    }
    spoke = true;
    int begins = from;
    for (int i = from; i < to && isListening(); i++) {
      byte b = bytes.getByte(i);
      if (beginning == Beginning.UNKNOWN) {
        begin(b);
      }
      if (state != State.IDLE && take(b)) {
        begins = i + 1;
      }
    }
    if (beginning != Beginning.HTTP && begins < to) {
      dialogue.hearServer(bytes, begins);
    }
  }

  private boolean isListening() {
    return state != State.IDLE || beginning == Beginning.UNKNOWN;
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

  /// @return whether another protocol begins with the next byte
  private boolean take(byte b) {
    if (state == State.STATUS_LINE) {
      takeStatus(b);
      return false;
    }
    if (state == State.LAST_HEAD && lastHead.length() < MOST_HEAD) {
      lastHead.append((char) (b & 0xff));
    }
    // The empty line ends it, however its lines end.
    boolean ends = b == '\n' && lineLength == 0;
    lineLength = b == '\n' ? 0 : b == '\r' ? lineLength : lineLength + 1;
    if (!ends) {
      return false;
    }
    if (state == State.INTERIM) {
      expectStatusLine();
      return false;
    }
    if (last == Status.RAW_STREAM && !isRawStream()) {
      conclude(Status.SUCCESS);
      return false;
    }
    conclude(last);
    firstByte = -1;
    begun = 0;
    beginning = Beginning.UNKNOWN;
    dialogue = new Dialogue();
    if (distrusted || isFramed()) {
      dialogue.proveNothing(); // who serves CONNECT as any other method answers with a body
      inAnswer = !NO_BODY.matcher(lastHead).find();
    }
    return true;
  }

  private void takeStatus(byte b) {
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
      expectBegin(Status.SWITCHING_PROTOCOLS);
    } else if (code < 200) {
      sawContinue |= code == 100; // another one does not ask for the body
      state = State.INTERIM;
      lineLength = 1;
    } else if (code >= 300) {
      conclude(Status.OTHER_FINAL);
    } else if (connects) {
      expectBegin(Status.SUCCESS);
    } else if (upgrades && code != NO_CONTENT && code != RESET_CONTENT) {
      expectBegin(Status.RAW_STREAM);
    } else {
      conclude(Status.SUCCESS);
    }
  }

  /// Whether the answer ends only with the connection (RFC 9112, section 6.3, rule 8), or is one of
  /// Docker's streams, whatever else its head says.
  private boolean isRawStream() {
    return lastHead.length() < MOST_HEAD && (DOCKER_STREAM.matcher(lastHead).find() || !isFramed());
  }

  /// Whether its answer may have an end of its own; of a long head the rest is not known.
  private boolean isFramed() {
    return lastHead.length() == MOST_HEAD || FRAMING.matcher(lastHead).find();
  }

  private void conclude(Status concluded) {
    status = concluded;
    state = State.IDLE;
  }

  /// The status is told once its head has ended.
  private void expectBegin(Status status) {
    last = status;
    state = State.LAST_HEAD;
    lineLength = 1;
    lastHead.setLength(0);
  }

  private void expectStatusLine() {
    state = State.STATUS_LINE;
    at = 0;
    code = 0;
  }

  /// A head goes upstream now.
  ///
  /// @param awaited whether [#status] will be asked for
  /// @param connects whether any success makes a tunnel
  /// @param upgrades whether it asks for another protocol
  public void onHead(boolean awaited, boolean connects, boolean upgrades) {
    this.connects = connects;
    this.upgrades = upgrades;
    sawContinue = false;
    status = Status.NONE_YET;
    if (awaited) {
      expectStatusLine();
    } else {
      state = State.IDLE;
    }
  }

  /// What the server says may answer what it alone took for a request: nothing proves another
  /// protocol any more.
  public void distrust() {
    distrusted = true;
  }

  /// The answer to the last head that awaits one.
  public Status status() {
    return status;
  }

  /// Whether a `100` to it has come.
  public boolean sawContinue() {
    return sawContinue;
  }

  /// The field lines of the head behind which another protocol began.
  public String lastHead() {
    return lastHead.toString();
  }

  /// What both sides said first, since the beginning or since another protocol began.
  public Dialogue dialogue() {
    return dialogue;
  }

  /// Whether the server has said anything.
  public boolean spoke() {
    return spoke;
  }

  /// Whether what the server says behind the head of a tunnel may be that answer's body: then it
  /// shows nothing of what the server speaks.
  public boolean isInAnswer() {
    return inAnswer;
  }

  /// How the server began.
  public Beginning beginning() {
    return beginning;
  }
}
