package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.podstamp.config.Profile;
import io.podstamp.guard.Dialogue;
import io.podstamp.guard.Tripwire;
import io.podstamp.guard.Watch;
import io.podstamp.stamp.GuardedNames;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What leaves of a first line, or of a request line, before it can be judged. podstamp never
/// changes one, so its bytes may be with the server before anybody knows what it becomes: a peer
/// that waits for them would wait for ever.
///
/// Transparent: all that no [Tripwire] would stop leaves at once, and the beginning of a protected
/// name 2 ms later. Strict: all of it leaves 250 ms after the last byte came. The line's end stays
/// until it is judged, and so does the colon behind a protected name: what becomes an uncertain
/// request ends before either.
///
/// The stage that holds the bytes holds them from their beginning on, those that have left
/// included, and judges all of them: what is decided depends on the bytes alone.
public final class LineAhead {
  /// How long profile strict waits for the rest of a line.
  private static final int LONGEST_WAIT_MS = 250;

  /// As long as the tripwire lets what may become a protected name wait.
  private static final int NAME_WAIT_MS = 2;

  private final Profile profile;
  private final @Nullable Dialogue dialogue;
  private int passed;
  private @Nullable Tripwire tripwire;
  private @Nullable Tripwire before;
  private int seen;

  /// Where bytes stay until the line is judged; -1 if nowhere yet.
  private int stopAt = -1;

  private @Nullable Future<?> wait;

  /// @param dialogue hears what leaves; null where nobody asks what the client said first
  public LineAhead(Profile profile, @Nullable Dialogue dialogue) {
    this(profile, dialogue, 0);
  }

  /// @param passed how many bytes of the first line have left already
  LineAhead(Profile profile, @Nullable Dialogue dialogue, int passed) {
    this.profile = profile;
    this.dialogue = dialogue;
    this.passed = passed;
  }

  /// Where plain ASCII text without line ends stops.
  ///
  /// @param to the end of the bytes to look at
  public static int asciiEnd(ByteBuf in, int to) {
    int at = in.readerIndex();
    // Empty lines may stand before a request.
    while (at < to && (in.getByte(at) == '\r' || in.getByte(at) == '\n')) {
      at++;
    }
    while (at < to && in.getByte(at) >= ' ' && in.getByte(at) != 0x7f) {
      at++;
    }
    return at;
  }

  /// How many bytes of what is held have left.
  public int passed() {
    return passed;
  }

  /// The next line begins.
  public void reset() {
    passed = 0;
    seen = 0;
    stopAt = -1;
    tripwire = null;
    before = null;
  }

  /// The line goes on where that one's bytes end.
  public void continueFrom(@Nullable Tripwire trail) {
    before = trail;
  }

  /// More bytes have come, or it is known what they are.
  public void stopWaiting() {
    if (wait != null) {
      wait.cancel(false);
      wait = null;
    }
  }

  /// To be called when what is held waits for more: passes what may leave.
  ///
  /// @param in from its reader index on
  /// @param to where the line ends, without its line end, or the bytes do
  /// @param onWaited called when nothing has come for too long, unless [#stopWaiting] was; it calls
  ///   [#passLate]
  public void passEarly(
      ChannelHandlerContext ctx, ByteBuf in, int to, GuardedNames names, Runnable onWaited) {
    boolean atOnce = profile == Profile.TRANSPARENT;
    if (atOnce) {
      pass(ctx, in, in.readerIndex() + mayLeave(in, to, names));
    }
    if (in.readerIndex() + passed < to && stopAt < 0) {
      await(ctx, atOnce ? NAME_WAIT_MS : LONGEST_WAIT_MS, onWaited);
    }
  }

  /// To be called when what is held is no request line, but may yet look like one.
  public void await(ChannelHandlerContext ctx, Runnable onWaited) {
    await(ctx, LONGEST_WAIT_MS, onWaited);
  }

  private void await(ChannelHandlerContext ctx, int millis, Runnable onWaited) {
    stopWaiting();
    wait = ctx.executor().schedule(onWaited, millis, TimeUnit.MILLISECONDS);
  }

  /// Nothing has come for too long: what may become a protected name leaves too, but for its colon.
  ///
  /// @param to where to stop at the latest
  public void passLate(ChannelHandlerContext ctx, ByteBuf in, int to, GuardedNames names) {
    mayLeave(in, to, names);
    pass(ctx, in, stopAt < 0 ? to : Math.min(to, in.readerIndex() + stopAt));
    ctx.fireChannelReadComplete();
  }

  private void pass(ChannelHandlerContext ctx, ByteBuf in, int to) {
    int from = in.readerIndex() + passed;
    if (to > from) {
      passed += to - from;
      // A copy: what is held grows in its place as long as nobody else refers to it.
      ByteBuf some = ctx.alloc().buffer(to - from).writeBytes(in, from, to - from);
      if (dialogue != null) {
        dialogue.hearClient(some);
      }
      ctx.fireChannelRead(some);
    }
  }

  /// @return how many bytes, from the reader index on
  private int mayLeave(ByteBuf in, int to, GuardedNames names) {
    int start = in.readerIndex();
    if (stopAt < 0 && start + seen < to && !names.isEmpty()) {
      look(in, to, names);
    }
    return stopAt >= 0 ? Math.min(stopAt, to - start) : names.isEmpty() ? to - start : seen;
  }

  private void look(ByteBuf in, int to, GuardedNames names) {
    int start = in.readerIndex();
    Tripwire looking = tripwire;
    if (looking == null) {
      looking = new Tripwire(names, Watch.NAMES);
      if (before != null) {
        looking.continueFrom(before, true);
      }
      tripwire = looking;
    }
    int hidden = names.hiddenEnd(in, start, start + seen, to);
    int hit = looking.find(in, start + seen, to);
    if (hit >= 0 || hidden >= 0) {
      stopAt = (hit < 0 || (hidden >= 0 && hidden < hit) ? hidden : hit) - start;
      return;
    }
    int undecided = looking.undecidedFrom(to);
    if (undecided < to) {
      looking.takeBack();
    }
    seen = undecided - start;
  }
}
