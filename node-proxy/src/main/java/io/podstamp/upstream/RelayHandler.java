package io.podstamp.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.podstamp.pipeline.Abort;
import io.podstamp.pipeline.AtRest;
import io.podstamp.pipeline.BodyAhead;
import io.podstamp.pipeline.HoldBack;
import io.podstamp.pipeline.Leaving;
import io.podstamp.pipeline.Refuse;
import io.podstamp.pipeline.SendFirst;
import io.podstamp.upstream.Relay.Side;

/// The last handler of either pipeline: tells the [Relay] what happens on its side.
final class RelayHandler extends ChannelInboundHandlerAdapter {
  private final Relay relay;
  private final Side side;

  RelayHandler(Relay relay, Side side) {
    this.relay = relay;
    this.side = side;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (side == Side.SERVER) {
      relay.dialling((DuplexChannel) ctx.channel());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    relay.carry(side, (ByteBuf) msg);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    relay.onReadComplete(side);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    relay.onWritable(side);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent eof -> relay.onEof(side);
      case Abort abort -> relay.abort(abort.reason());
      case Refuse refuse -> relay.refuse(refuse.reason());
      case HoldBack holdBack -> relay.holdBack(holdBack == HoldBack.ON);
      case BodyAhead body -> relay.onBodyAhead(body.bytes());
      case SendFirst first -> relay.sendFirst(first.bytes());
      case AtRest atRest -> relay.endAtRest();
      case Leaving leaving when leaving == Leaving.NOW -> relay.endNow();
      default -> {
        // ChannelInputShutdownReadComplete and the like say nothing new.
      }
    }
  }

  /// A reset comes here first, and only then as an end of input (Netty with half-closure allowed).
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    relay.onError(side, String.valueOf(cause.getMessage()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    relay.onClosed(side);
  }
}
