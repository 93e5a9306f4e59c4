package io.podstamp.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.podstamp.hold.HeldSyns;
import io.podstamp.upstream.DialledAhead;
import io.podstamp.upstream.OriginalDestination;
import java.net.InetSocketAddress;

/// Stands before the acceptor of a Pod's listeners: an accepted connection whose SYN was held gets
/// the server that was dialled for it, before an event loop is chosen.
final class ServerClaim extends ChannelInboundHandlerAdapter {
  private final HeldSyns held;
  private final OriginalDestinationLookup destinations;

  ServerClaim(HeldSyns held, OriginalDestinationLookup destinations) {
    this.held = held;
    this.destinations = destinations;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    if (held.isAnyReady()) {
      claim((Channel) accepted);
    }
    ctx.fireChannelRead(accepted);
  }

  private void claim(Channel accepted) {
    OriginalDestination to = destinations.of(accepted);
    if (to != null && accepted.remoteAddress() instanceof InetSocketAddress source) {
      DuplexChannel server = held.claim(source, to.address());
      if (server != null) {
        new DialledAhead(server, to).tie(accepted);
      }
    }
  }
}
