package io.podstamp.differential;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.accept.CapturedPod;
import io.podstamp.accept.ConnectionInitializer;
import io.podstamp.accept.ListeningSockets;
import io.podstamp.accept.PodListener;
import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.PodSockets;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.EventLoops;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/// The data path in front of a server, on loopback and without a redirect. A server sees the
/// address that the client has.
final class Front implements AutoCloseable {
  private final EventLoopGroup loops = EventLoops.start(1);
  private final PodListener listener;

  Front(InetSocketAddress server, Profile profile) throws IOException {
    Stamp stamp = Stamp.render(Wire.RULES, Wire.POD);
    listener =
        PodListener.start(
            loops,
            ListeningSockets.open(PodSockets::bareHere, 0),
            AcceptGate.of(Capacity.unlimited()),
            new ConnectionInitializer(
                new Web0(profile, stamp),
                accepted -> new OriginalDestination(server),
                new Dialer(towards -> new EpollSocketChannel(), 0),
                new NodeMetrics().meter()));
  }

  private record Web0(Profile profile, Stamp stamp) implements CapturedPod {
    @Override
    public void accepted(Channel connection, InetAddress source) {}
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), listener.port());
  }

  @Override
  public void close() {
    listener.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
