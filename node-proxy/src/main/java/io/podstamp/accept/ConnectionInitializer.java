package io.podstamp.accept;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.podstamp.config.OwnHeader;
import io.podstamp.metrics.ConnectionTally;
import io.podstamp.metrics.PodMeter;
import io.podstamp.metrics.ProxyHeaderOutcome;
import io.podstamp.stamp.ProxyHeaders;
import io.podstamp.upstream.AheadDial;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.OriginalDestination;
import io.podstamp.upstream.ReadSize;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Sets up an accepted connection: where it goes, what watches it, and [Stages]. One per Pod.
@Sharable
public final class ConnectionInitializer extends ChannelInitializer<SocketChannel> {
  private final CapturedPod pod;
  private final OriginalDestinationLookup destinations;
  private final Routing routing;
  private final Dialer dialer;
  private final Claims held;
  private final PodMeter meter;

  /// Servers that were dialled before their application was accepted.
  public interface Claims {
    /// Takes one; called on any event loop.
    ///
    /// @return null when none was
    AheadDial.@Nullable Server claim(InetSocketAddress source, InetSocketAddress destination);
  }

  /// For connections that go on to where they were going.
  public ConnectionInitializer(
      CapturedPod pod, OriginalDestinationLookup destinations, Dialer dialer, PodMeter meter) {
    this(pod, destinations, Routing.TO_ORIGINAL_DESTINATION, dialer, (_, _) -> null, meter);
  }

  public ConnectionInitializer(
      CapturedPod pod,
      OriginalDestinationLookup destinations,
      Routing routing,
      Dialer dialer,
      Claims held,
      PodMeter meter) {
    this.pod = pod;
    this.destinations = destinations;
    this.routing = routing;
    this.dialer = dialer;
    this.held = held;
    this.meter = meter;
  }

  @Override
  protected void initChannel(SocketChannel connection) {
    InetSocketAddress source = connection.remoteAddress();
    OriginalDestination to = destinations.of(connection);
    if (source == null || to == null || isListener(to, connection.localAddress())) {
      // Reset before it was accepted, or somebody dialled the listener itself.
      connection.close();
      return;
    }
    if (Probe.isIt(to)) {
      Probe.answer(connection);
      return;
    }
    ReadSize.of(connection); // the first read may come before the dial
    pod.accepted(connection, source.getAddress());
    if (!connection.isOpen()) {
      return; // the Pod is being let go
    }
    ChannelHandler reader = routing.reader(to, source.getAddress(), this::proceed);
    AheadDial.Server server = reader == null ? held.claim(source, to.address()) : null;
    if (server != null) {
      call(connection, to).take(server);
    } else if (reader == null) {
      proceed(connection, to, source.getAddress());
    } else {
      connection.pipeline().addLast(reader);
    }
  }

  private void proceed(SocketChannel connection, OriginalDestination to, InetAddress from) {
    call(connection, to).dial(to, from);
  }

  private Dialer.Call call(SocketChannel connection, OriginalDestination to) {
    ConnectionTally tally = meter.accepted(to.address());
    Dialer.Call call = dialer.call(connection, tally);
    new Stages(pod.towards(to.address()), tally)
        .tie(connection.pipeline(), call, header(connection, to, tally, call));
    return call;
  }

  /// Has the server told whose connection it is, if it is to be.
  private @Nullable ChannelHandler header(
      SocketChannel connection, OriginalDestination to, ConnectionTally tally, Dialer.Call call) {
    ProxyHeaders.Rendered rendered = pod.proxyHeaders().towards(to.address());
    if (rendered == null) {
      return null;
    }
    InetSocketAddress source = connection.remoteAddress();
    byte[] header = rendered.header(source, to.address(), tally.id());
    int leftOut = rendered.unknown().size() + rendered.area(source, to.address()).leftOut().size();
    if (rendered.own() == OwnHeader.SET) {
      call.sendFirst(header);
      tally.proxyHeader(ProxyHeaderOutcome.SENT, leftOut);
    }
    return new OwnHeaderStage(
        rendered.own(), header, outcome -> tally.proxyHeader(outcome, leftOut));
  }

  private static boolean isListener(OriginalDestination to, @Nullable InetSocketAddress listener) {
    return to.address().equals(listener);
  }
}
