package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/// The first handler of the application's pipeline: its end of input is told by the same event
/// whether the channel stays half-open or closes with it.
@Sharable
final class EndOfInput extends ChannelInboundHandlerAdapter {
  static final EndOfInput TOLD = new EndOfInput();

  private EndOfInput() {}

  /// Whether the channel closes at its end of input.
  static boolean closes(Channel channel) {
    return Boolean.FALSE.equals(channel.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (closes(ctx.channel())) {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
    ctx.fireChannelInactive();
  }
}
