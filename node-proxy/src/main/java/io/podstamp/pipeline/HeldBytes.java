package io.podstamp.pipeline;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/// What a stage before the relay holds of the application's bytes: until the next ones tell more,
/// until the server has spoken, or until it takes more.
public final class HeldBytes {
  private @Nullable ByteBuf bytes;
  private boolean relayHoldsBack;
  private boolean stalled;

  /// Ends holding.
  ///
  /// @return what was held, and then these
  public ByteBuf joinedWith(ChannelHandlerContext ctx, ByteBuf next) {
    ByteBuf before = bytes;
    if (before == null) {
      return next;
    }
    bytes = null;
    return ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, next);
  }

  /// Holds what nothing was done with yet.
  public void hold(ByteBuf rest) {
    bytes = rest;
  }

  /// Buffers bytes until the server answers; from `most` bytes on, reading from the client is
  /// paused.
  ///
  /// @param most in bytes
  public void hold(ChannelHandlerContext ctx, ByteBuf rest, int most) {
    if (rest.readableBytes() >= most && !relayHoldsBack) {
      relayHoldsBack = true;
      ctx.fireUserEventTriggered(HoldBack.ON);
    }
    hold(rest);
  }

  /// The same if the relay reads the application no more, since the server takes no more. Without
  /// this, a read of many small requests would grow by all their stamps.
  ///
  /// @return whether they are held
  public boolean stall(ChannelHandlerContext ctx, ByteBuf rest) {
    stalled = !ctx.channel().config().isAutoRead();
    if (stalled) {
      hold(rest);
    }
    return stalled;
  }

  /// Whether [#stall] holds these.
  public boolean isStalled() {
    return stalled;
  }

  /// What is held, which stays; null if nothing is.
  public @Nullable ByteBuf peek() {
    return bytes;
  }

  public boolean isEmpty() {
    return bytes == null;
  }

  /// Ends holding.
  ///
  /// @return null if nothing was held
  public @Nullable ByteBuf take() {
    ByteBuf rest = bytes;
    bytes = null;
    stalled = false;
    return rest;
  }

  /// The same, and the relay may read the application again.
  public @Nullable ByteBuf take(ChannelHandlerContext ctx) {
    ByteBuf rest = take();
    if (relayHoldsBack) {
      relayHoldsBack = false;
      ctx.fireUserEventTriggered(HoldBack.OFF);
    }
    return rest;
  }

  /// At the end of the stage.
  public void release() {
    ByteBuf rest = take();
    if (rest != null) {
      rest.release();
    }
  }
}
