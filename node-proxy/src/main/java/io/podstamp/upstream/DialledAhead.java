package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/// The server's side of a connection that was dialled before the application's was accepted. It is
/// not read meanwhile. The accepted one comes to live on its event loop.
///
/// @param server connected, or ended since
/// @param to what the application dialled
public record DialledAhead(DuplexChannel server, OriginalDestination to) {
  private static final AttributeKey<DialledAhead> KEY = AttributeKey.valueOf("podstamp.ahead");

  /// Ties it to an accepted connection that no event loop has yet.
  public void tie(Channel accepted) {
    accepted.attr(KEY).set(this);
  }

  /// What was tied to an accepted connection; null if nothing was.
  public static @Nullable DialledAhead of(Channel accepted) {
    return accepted.hasAttr(KEY) ? accepted.attr(KEY).get() : null;
  }

  static @Nullable EventLoop loopOf(Channel accepted) {
    DialledAhead ahead = of(accepted);
    return ahead == null ? null : ahead.server.eventLoop();
  }

  /// Alone in the server's pipeline until then.
  @Sharable
  static final class Waiting extends ChannelInboundHandlerAdapter {
    static final Waiting FOR_THE_APPLICATION = new Waiting();

    private Waiting() {}

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // the application hears of it once it is accepted
    }
  }
}
