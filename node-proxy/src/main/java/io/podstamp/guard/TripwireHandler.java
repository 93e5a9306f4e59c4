package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.Abort;
import io.podstamp.pipeline.HeldBytes;
import io.podstamp.stamp.Stamp;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes client bytes that nobody is certain of as they come, and aborts the connection before a
/// protected name of the client's own leaves with its colon.
///
/// What may become such a name waits for the next bytes, but at most 2 ms: an application that
/// waits for an answer to it must not wait for ever, and a name without its colon is no header.
public final class TripwireHandler extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TripwireHandler.class);
  private static final int LONGEST_WAIT_MS = 2;
  private static final int MOST_HELD = 1024;
  private static final int TLS_ALERT = 0x15;
  private static final int TLS_HANDSHAKE = 0x16;

  private final Stamp stamp;
  private final Tripwire tripwire;
  private final ResponseWatch server;
  private final Tally tally;
  private final HeldBytes held = new HeldBytes();
  private boolean untilServerSpeaksTls;
  private @Nullable Future<?> wait;
  private boolean tripped;

  private TripwireHandler(
      Stamp stamp, ResponseWatch server, Tally tally, boolean untilServerSpeaksTls) {
    this.stamp = stamp;
    this.tripwire = new Tripwire(stamp.guardedNames());
    this.server = server;
    this.tally = tally;
    this.untilServerSpeaksTls = untilServerSpeaksTls;
  }

  /// Guards a connection to its end.
  public static TripwireHandler lasting(Stamp stamp, ResponseWatch server, Tally tally) {
    return new TripwireHandler(stamp, server, tally, false);
  }

  /// Guards a connection that begins with a ClientHello until the server shows that it speaks TLS:
  /// some servers skip such bytes and read the HTTP behind them.
  public static TripwireHandler untilServerSpeaksTls(
      Stamp stamp, ResponseWatch server, Tally tally) {
    return new TripwireHandler(stamp, server, tally, true);
  }

  /// The server has shown that it reads nothing of what passes here as HTTP/1: no more is watched.
  public void lift(ChannelHandlerContext ctx) {
    release(ctx);
    ctx.pipeline().remove(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    if (tripped) {
      in.release();
      return;
    }
    int to = in.writerIndex();
    int name = tripwire.find(in, in.readerIndex(), to);
    if (name >= 0) {
      onHit(ctx, in, name);
      return;
    }
    int undecided = tripwire.undecidedFrom(to);
    if (to - undecided > MOST_HELD) {
      undecided = to;
    }
    tripwire.leave(undecided);
    if (undecided == to) {
      ctx.fireChannelRead(in);
      return;
    }
    if (undecided > in.readerIndex()) {
      ctx.fireChannelRead(in.readRetainedSlice(undecided - in.readerIndex()));
    }
    held.hold(in);
    if (wait == null) {
      wait = ctx.executor().schedule(() -> onWaited(ctx), LONGEST_WAIT_MS, TimeUnit.MILLISECONDS);
    }
  }

  private void onHit(ChannelHandlerContext ctx, ByteBuf in, int name) {
    tripped = true;
    if (name > in.readerIndex()) {
      ctx.fireChannelRead(in.readRetainedSlice(name - in.readerIndex()));
    }
    in.release();
    tally.tripped();
    LOG.info("{}: connection aborted, it was to carry a protected name unstamped", stamp.owner());
    ctx.fireUserEventTriggered(new Abort("tripwire"));
  }

  private void onWaited(ChannelHandlerContext ctx) {
    wait = null;
    release(ctx);
  }

  private void release(ChannelHandlerContext ctx) {
    ByteBuf rest = held.take();
    if (rest != null) {
      tripwire.leave(rest.writerIndex());
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (untilServerSpeaksTls) {
      server.read((ByteBuf) msg);
    }
    ctx.write(msg, promise);
    if (untilServerSpeaksTls && server.spoke()) {
      untilServerSpeaksTls = false;
      int first = server.firstByte();
      if (first == TLS_HANDSHAKE || first == TLS_ALERT) {
        lift(ctx);
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      release(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (wait != null) {
      wait.cancel(false);
      wait = null;
    }
    held.release();
  }
}
