package io.podstamp.pipeline;

import io.netty.channel.ChannelHandlerContext;

/// Who comes after a stage that has done its part. The one implementation knows handler order;
/// bytes that the stage sends on from its context afterwards reach the next one.
public interface Succession {
  /// What comes is not certain: it passes as it is, watched by the tripwire.
  void watched(ChannelHandlerContext ctx);

  /// The stage leaves, and what stands behind it stays.
  void leave(ChannelHandlerContext ctx);
}
