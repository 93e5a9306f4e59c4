package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Frames on their way to the relay: short ones go together, as one write; long ones as the slices
/// they came in.
final class Outgoing {
  private static final int ENOUGH = 16 << 10;

  /// To copy so few bytes costs less than one more slice in the system call.
  private static final int SHORT = 1024;

  private @Nullable ByteBuf joined;

  /// Where the next frames are to be written.
  ///
  /// @param likely bytes of them
  ByteBuf next(ChannelHandlerContext ctx, int likely) {
    if (joined != null && joined.readableBytes() >= ENOUGH) {
      flush(ctx);
    }
    ByteBuf next = joined;
    if (next == null) {
      next = ctx.alloc().buffer(Math.min(likely, ENOUGH));
      joined = next;
    }
    return next;
  }

  /// Passes the next bytes on.
  ///
  /// @return false when that was the buffer itself
  boolean pass(ChannelHandlerContext ctx, ByteBuf in, int length) {
    if (length <= SHORT && (joined != null || length < in.readableBytes())) {
      next(ctx, in.readableBytes()).writeBytes(in, length);
      return true;
    }
    flush(ctx);
    if (length == in.readableBytes()) {
      ctx.fireChannelRead(in);
      return false;
    }
    ctx.fireChannelRead(in.readRetainedSlice(length));
    return true;
  }

  /// Sends on what was joined.
  void flush(ChannelHandlerContext ctx) {
    ByteBuf frames = joined;
    if (frames != null) {
      joined = null;
      if (frames.isReadable()) {
        ctx.fireChannelRead(frames);
      } else {
        frames.release();
      }
    }
  }
}
