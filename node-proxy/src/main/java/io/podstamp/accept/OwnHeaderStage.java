package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import io.podstamp.config.OwnHeader;
import io.podstamp.metrics.ProxyHeaderOutcome;
import io.podstamp.pipeline.HeldBytes;
import io.podstamp.pipeline.SendFirst;
import io.podstamp.proxyprotocol.SentHeader;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Looks whether an application begins with a header of the PROXY protocol itself, on a connection
/// for which one is sent: a server gets one of them, never two, however many the application sends.
/// Stands before what finds out what the application speaks, and leaves when it knows.
///
/// With [OwnHeader#SET] ours has left already. With [OwnHeader#PASS] it leaves when the
/// application's first bytes are no header, or when none came for a while: the server may be the
/// one who speaks first. From there on it is as with `SET`.
final class OwnHeaderStage extends ChannelInboundHandlerAdapter {
  /// How long ours waits for the first bytes of an application that may send its own.
  private static final int WAIT_MS = 50;

  /// Then a loop that was held up reads what has come meanwhile.
  private static final int LOOK_MS = 1;

  /// How long a few bytes that might be the beginning of a header wait for the next ones.
  private static final int UNSIGNED_WAIT_MS = 1000;

  private final byte[] ours;
  private final Consumer<ProxyHeaderOutcome> told;
  private final HeldBytes held = new HeldBytes();
  private boolean sent;
  private boolean replaced;
  private @Nullable ScheduledFuture<?> timer;

  /// @param ours what is sent
  /// @param told how it went: [ProxyHeaderOutcome#SENT] is told when ours is sent from here
  OwnHeaderStage(OwnHeader own, byte[] ours, Consumer<ProxyHeaderOutcome> told) {
    this.sent = own == OwnHeader.SET;
    this.ours = ours;
    this.told = told;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (!sent) {
      await(ctx, WAIT_MS, () -> await(ctx, LOOK_MS, () -> onNothingCame(ctx)));
    }
  }

  private void onNothingCame(ChannelHandlerContext ctx) {
    ByteBuf in = held.peek();
    if (ctx.isRemoved() || (in != null && isSigned(in))) {
      return;
    }
    send(ctx);
    ctx.fireChannelReadComplete();
    if (in != null) {
      awaitMore(ctx);
    }
  }

  private void awaitMore(ChannelHandlerContext ctx) {
    await(ctx, UNSIGNED_WAIT_MS, () -> onQuiet(ctx));
  }

  private void await(ChannelHandlerContext ctx, int millis, Runnable then) {
    timer = ctx.executor().schedule(then, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    int length = lengthOfFirst(in);
    while (length > 0 && sent) {
      in.skipBytes(length);
      tellReplaced();
      length = lengthOfFirst(in);
    }
    if (length == SentHeader.INCOMPLETE) {
      hold(ctx, in);
      return;
    }
    if (length > 0) {
      told.accept(ProxyHeaderOutcome.PASSED);
      sent = true;
    }
    goOn(ctx, in);
  }

  /// Of the header that the bytes begin with, as [SentHeader#length] tells it.
  private static int lengthOfFirst(ByteBuf in) {
    return SentHeader.length(in, in.readerIndex(), in.writerIndex());
  }

  private void tellReplaced() {
    stopWaiting();
    if (!replaced) {
      replaced = true;
      told.accept(ProxyHeaderOutcome.REPLACED);
    }
  }

  private void hold(ChannelHandlerContext ctx, ByteBuf in) {
    if (!in.isReadable()) {
      in.release();
      return;
    }
    held.hold(in);
    if (sent && timer == null && !isSigned(in)) {
      awaitMore(ctx);
    }
  }

  private static boolean isSigned(ByteBuf in) {
    return SentHeader.isSigned(in, in.readerIndex(), in.writerIndex());
  }

  private void onQuiet(ChannelHandlerContext ctx) {
    ByteBuf in = held.peek();
    if (!ctx.isRemoved() && in != null && !isSigned(in)) {
      goOn(ctx, held.take());
      ctx.fireChannelReadComplete();
    }
  }

  /// It is known: what was read goes on, and all later bytes by themselves.
  private void goOn(ChannelHandlerContext ctx, @Nullable ByteBuf in) {
    send(ctx);
    ctx.pipeline().remove(this);
    if (in != null && in.isReadable()) {
      ctx.fireChannelRead(in);
    } else if (in != null) {
      in.release();
    }
  }

  private void send(ChannelHandlerContext ctx) {
    if (!sent) {
      sent = true;
      timer = null;
      ctx.fireUserEventTriggered(new SendFirst(ours));
      told.accept(ProxyHeaderOutcome.SENT);
    }
  }

  /// What never became a header is none.
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      goOn(ctx, held.take());
      ctx.fireChannelReadComplete();
    }
    ctx.fireUserEventTriggered(event);
  }

  private void stopWaiting() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopWaiting();
    held.release();
  }
}
