package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.HeldBytes;
import io.podstamp.stamp.Stamp;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Passes client bytes that are not certain as they come, and aborts the connection before what the
/// [Tripwire] looks for leaves whole.
///
/// What may become such a name waits for the next bytes, but at most 2 ms: an application that
/// waits for an answer to it must not wait for ever, and a name without its colon is no header.
///
/// Once client and server have together shown that they speak another protocol ([Dialogue]), no
/// more is watched. Where only the server's half of that is missing, what must not pass waits for
/// it.
public final class TripwireHandler extends ChannelDuplexHandler {
  private static final int LONGEST_WAIT_MS = 2;
  private static final int MOST_UNDECIDED = 1024;

  /// How long the server's half may take; a server that waits for the bytes that wait for it never
  /// says it.
  private static final int LONGEST_WAIT_FOR_SERVER_MS = 1_000;

  private static final int MOST_HELD = 64 << 10;

  private enum State {
    WATCHING,
    AWAITING_SERVER,
    TRIPPED
  }

  private final Stamp stamp;
  private final Tripwire tripwire;
  private final Tally tally;
  private final @Nullable Dialogue dialogue;
  private final HeldBytes held = new HeldBytes();
  private State state = State.WATCHING;
  private @Nullable Future<?> wait;

  /// @param mayBeHttp1 whether some server reads HTTP/1 in these bytes, as far as can be seen
  /// @param dialogue what both sides said first; null where that proves nothing any more
  public TripwireHandler(
      Stamp stamp, Watch watch, boolean mayBeHttp1, Tally tally, @Nullable Dialogue dialogue) {
    this.stamp = stamp;
    this.tripwire = new Tripwire(stamp.guarded(), watch, mayBeHttp1);
    this.tally = tally;
    this.dialogue = dialogue;
  }

  /// What has passed before; nothing in it is looked for.
  public void follow(ByteBuf passed) {
    tripwire.find(passed, passed.readerIndex(), passed.writerIndex());
  }

  /// What that one has looked at has passed before, and may end in the beginning of a name.
  public void continueFrom(Tripwire before) {
    tripwire.continueFrom(before, true);
  }

  /// The server has shown that it reads nothing of what passes here as HTTP/1: no more is watched.
  public void lift(ChannelHandlerContext ctx) {
    release(ctx);
    ctx.pipeline().remove(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (dialogue != null) {
      dialogue.hearClient((ByteBuf) msg);
    }
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    switch (state) {
      case TRIPPED -> in.release();
      case AWAITING_SERVER -> held.hold(ctx, in, MOST_HELD);
      case WATCHING -> watch(ctx, in);
    }
  }

  private void watch(ChannelHandlerContext ctx, ByteBuf in) {
    int to = in.writerIndex();
    int hit = tripwire.find(in, in.readerIndex(), to);
    if (hit >= 0) {
      onHit(ctx, in, hit);
      return;
    }
    int undecided = tripwire.undecidedFrom(to);
    if (undecided == to || to - undecided > MOST_UNDECIDED) {
      ctx.fireChannelRead(in);
      return;
    }
    tripwire.takeBack();
    passUpTo(ctx, in, undecided);
    held.hold(in);
    if (wait == null) {
      wait = ctx.executor().schedule(() -> onWaited(ctx), LONGEST_WAIT_MS, TimeUnit.MILLISECONDS);
    }
  }

  private static void passUpTo(ChannelHandlerContext ctx, ByteBuf in, int to) {
    if (to > in.readerIndex()) {
      ctx.fireChannelRead(in.readRetainedSlice(to - in.readerIndex()));
    }
  }

  private void onHit(ChannelHandlerContext ctx, ByteBuf in, int at) {
    cancelWait();
    passUpTo(ctx, in, at);
    if (dialogue != null && dialogue.isPending()) {
      state = State.AWAITING_SERVER;
      held.hold(in);
      wait =
          ctx.executor()
              .schedule(() -> trip(ctx), LONGEST_WAIT_FOR_SERVER_MS, TimeUnit.MILLISECONDS);
    } else {
      in.release();
      trip(ctx);
    }
  }

  private void trip(ChannelHandlerContext ctx) {
    if (state == State.TRIPPED) {
      return;
    }
    state = State.TRIPPED;
    held.release();
    Refusal.trip(ctx, stamp, tally, tripwire.otherThanName());
  }

  private void onWaited(ChannelHandlerContext ctx) {
    wait = null;
    release(ctx);
  }

  /// What waits passes; what comes later is watched as what follows it.
  private void release(ChannelHandlerContext ctx) {
    ByteBuf rest = held.take(ctx);
    if (rest != null) {
      tripwire.find(rest, rest.readerIndex(), rest.writerIndex());
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ctx.write(msg, promise);
    if (dialogue == null || state == State.TRIPPED) {
      return;
    }
    if (dialogue.isProven()) {
      lift(ctx);
    } else if (state == State.AWAITING_SERVER && !dialogue.isPending()) {
      cancelWait();
      trip(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      if (state == State.AWAITING_SERVER) {
        trip(ctx);
      } else {
        release(ctx);
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  private void cancelWait() {
    if (wait != null) {
      wait.cancel(false);
      wait = null;
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancelWait();
    held.release();
  }
}
