package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Stamped heads on their way to the relay: those of pipelined requests go together, as one write.
final class StampedHeads {
  private static final int ENOUGH = 16 << 10;

  private @Nullable ByteBuf buffer;

  /// Where the next head is to be written.
  ///
  /// @param bytes that it has at most
  /// @param likelyCount how many more of its size there may be
  ByteBuf next(ChannelHandlerContext ctx, int bytes, int likelyCount) {
    if (buffer != null && buffer.readableBytes() >= ENOUGH) {
      pass(ctx);
    }
    ByteBuf next = buffer;
    if (next == null) {
      next = ctx.alloc().buffer(Math.max(bytes, Math.min(bytes * likelyCount, ENOUGH)));
      buffer = next;
    }
    return next;
  }

  /// Sends them on; to be called before anything else is, and at the end of a read.
  void pass(ChannelHandlerContext ctx) {
    ByteBuf heads = buffer;
    if (heads != null) {
      buffer = null;
      ctx.fireChannelRead(heads);
    }
  }
}
