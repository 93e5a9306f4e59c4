package io.podstamp.pipeline;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Who comes after a stage that has done its part. The one implementation knows handler order;
/// bytes that the stage sends on from its context afterwards reach the next one.
public interface Succession {
  /// What comes is not certain: it passes as it is, watched by the tripwire.
  ///
  /// @param mayBeHttp1 whether the server may go on reading HTTP/1
  /// @param passed the beginning of the same line, which has left already; may be empty
  /// @param before has looked at what has left before that, if it goes on there; else null
  void watched(
      ChannelHandlerContext ctx, boolean mayBeHttp1, ByteBuf passed, @Nullable Trail before);

  /// How far a look at bytes has come that may end in the midst of a name; the guard's own.
  interface Trail {}

  /// A tunnel begins: whatever it carries is looked at as a new connection is.
  ///
  /// @param outOfStep whether bytes before it may be a request to some server
  /// @param before has looked at those; null if nothing has
  void tunnel(ChannelHandlerContext ctx, boolean outOfStep, @Nullable Trail before);

  /// The preface of HTTP/2 comes where a request of HTTP/1 was expected.
  ///
  /// @param passed its beginning, which has left already; may be empty
  void http2BehindHttp1(ChannelHandlerContext ctx, ByteBuf passed);

  /// The stage leaves, and what stands behind it stays.
  void leave(ChannelHandlerContext ctx);
}
