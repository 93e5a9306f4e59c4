package io.podstamp.pipeline;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;

/// A stage before the relay that takes the application's bytes apart. What it cannot read yet it
/// holds, until more comes, the server has spoken, or the relay reads the application again.
///
/// No stage waits without a limit for bytes that a peer sends only once it has those that are held:
/// what cannot change any more leaves at once, and what has to be judged first leaves after a while
/// ([io.podstamp.http1.LineAhead]). The one exception is a head, or a header block, that is not
/// whole: its fields wait for its end, and meanwhile the server's own time-out (an answer such as
/// 408, an end of input, a reset) reaches the application.
public abstract class Stage extends ChannelDuplexHandler {
  private final HeldBytes held = new HeldBytes();
  private boolean ended;
  private boolean endsAtRest;

  /// Reads on from the buffer's reader index.
  ///
  /// @return whether to go on with what is left of the buffer; if not, it is taken care of
  protected abstract boolean readSome(ChannelHandlerContext ctx, ByteBuf in);

  /// Sends on what was gathered; called at the end of each read.
  protected abstract void flushGathered(ChannelHandlerContext ctx);

  /// The application sends nothing more.
  ///
  /// @param rest what was held and can never be read on; null if nothing was
  protected abstract void onEndOfInput(ChannelHandlerContext ctx, @Nullable ByteBuf rest);

  /// Whether all that the application asked for has come, as far as that is certain; what is held
  /// here is not part of it.
  protected abstract boolean isAtRest();

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    boolean goOn = true;
    while (goOn && in.isReadable()) {
      goOn = (ended || !held.stall(ctx, in)) && readSome(ctx, in);
    }
    if (goOn) {
      in.release();
    }
    flushGathered(ctx);
    lookForRest(ctx);
  }

  /// To be called when the server has said something: if the process is leaving and nothing is
  /// outstanding, the connection ends after this turn.
  protected final void lookForRest(ChannelHandlerContext ctx) {
    if (endsAtRest && held.isEmpty() && isAtRest()) {
      ctx.executor().execute(() -> endAtRest(ctx));
    }
  }

  private void endAtRest(ChannelHandlerContext ctx) {
    if (!ctx.isRemoved() && held.isEmpty() && isAtRest()) {
      ctx.fireUserEventTriggered(AtRest.EVENT);
    }
  }

  /// The relay reads the application again.
  @Override
  public final void read(ChannelHandlerContext ctx) {
    if (held.isStalled()) {
      goOnWithHeld(ctx);
    }
    if (!held.isStalled()) {
      ctx.read();
    }
  }

  /// What was waited for has come: bytes that were held are read.
  protected final void goOnWithHeld(ChannelHandlerContext ctx) {
    ByteBuf rest = held.take(ctx);
    if (rest != null) {
      channelRead(ctx, rest);
      ctx.fireChannelReadComplete();
    }
  }

  /// Holds what cannot be read yet.
  ///
  /// @return false, for [#readSome]
  protected final boolean hold(ByteBuf rest) {
    held.hold(rest);
    return false;
  }

  /// Buffers bytes until the server answers; from `most` bytes on, reading from the client is
  /// paused.
  protected final boolean hold(ChannelHandlerContext ctx, ByteBuf rest, int most) {
    held.hold(ctx, rest, most);
    return false;
  }

  /// What is held until more comes, which stays; null if nothing is. What came while the relay did
  /// not read the application has not been looked at.
  protected final @Nullable ByteBuf held() {
    return held.isStalled() ? null : held.peek();
  }

  /// Lets nothing of it pass.
  ///
  /// @return false, for [#readSome]
  protected static boolean drop(ByteBuf in) {
    in.release();
    return false;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ended = true;
      if (held.isStalled()) {
        goOnWithHeld(ctx);
      }
      onEndOfInput(ctx, held.take());
    }
    ctx.fireUserEventTriggered(event);
    if (event == Leaving.WHEN_AT_REST) {
      endsAtRest = true;
      lookForRest(ctx);
    }
  }

  @Override
  public final void handlerRemoved(ChannelHandlerContext ctx) {
    held.release();
  }
}
