package io.podstamp.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.podstamp.metrics.ConnectionTally;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// Dials what the application dialled, from the address it used, on the event loop of its
/// connection, and ties the two together. One per Pod.
public final class Dialer {
  /// `asm-generic/socket.h`
  static final int SOL_SOCKET = 1;

  private static final int SO_MARK = 36;

  /// What waits for a slow side: at most this and one read of 64 KiB ([ReadSize]).
  public static final WriteBufferWaterMark BUFFERED = new WriteBufferWaterMark(16 << 10, 60 << 10);

  private static final int SO_KEEPALIVE = 9;

  private static final int SO_OOBINLINE = 10;

  /// A byte that is urgent stays where it is in the stream; its urgency ends here.
  public static final IntegerUnixChannelOption URGENT_IN_LINE =
      new IntegerUnixChannelOption("SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE);

  /// Probes find out when a peer has vanished.
  public static final IntegerUnixChannelOption KEEP_ALIVE =
      new IntegerUnixChannelOption("SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE);

  private static final IntegerUnixChannelOption MARK =
      new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, SO_MARK);

  /// Makes a socket that can reach an address, wherever the Pod's sockets have to be made.
  public interface Sockets {
    SocketChannel open(InetAddress towards) throws java.io.IOException;
  }

  private final Sockets sockets;
  private final Bootstrap template;

  /// @param mark the packet mark that lets a socket past the redirect; 0 for none
  public Dialer(Sockets sockets, int mark) {
    this.sockets = sockets;
    this.template =
        new Bootstrap()
            .disableResolver()
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, BUFFERED)
            .option(URGENT_IN_LINE, 1)
            .option(KEEP_ALIVE, 1)
            // The kernel's own time-out is the one the application would have met.
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    if (mark != 0) {
      template.option(MARK, mark);
    }
  }

  /// Prepares a connection's dial; called on its event loop.
  public Call call(DuplexChannel downstream, ConnectionTally tally) {
    return new Call(downstream, tally);
  }

  /// Dials before there is a connection to tie it to.
  ///
  /// @param loop on which this is called
  /// @return completes when it is through; its channel is not read until [Call#take]
  public ChannelFuture dialAhead(EventLoop loop, OriginalDestination to, InetAddress from) {
    return template
        .clone(loop)
        .option(ChannelOption.AUTO_READ, false)
        .channelFactory(() -> open(to))
        .handler(DialledAhead.Waiting.FOR_THE_APPLICATION)
        .connect(to.address(), new InetSocketAddress(from, 0));
  }

  /// One connection: the two handlers that tie it to its server, and the dial. What the application
  /// sends before the server has answered waits here, and then in the kernel. A failed dial resets
  /// it.
  public final class Call {
    private final DuplexChannel downstream;
    private final Relay relay;

    private Call(DuplexChannel downstream, ConnectionTally tally) {
      this.downstream = downstream;
      this.relay = new Relay(downstream, tally);
    }

    /// The first handler of the application's pipeline.
    public ChannelHandler endOfInput() {
      return EndOfInput.TOLD;
    }

    /// The last one.
    public ChannelHandler relay() {
      return new RelayHandler(relay, Relay.Side.APPLICATION);
    }

    /// To be called once both are in their places.
    public void dial(OriginalDestination to, InetAddress from) {
      template
          .clone(downstream.eventLoop())
          .channelFactory(() -> open(to))
          .handler(new RelayHandler(relay, Relay.Side.SERVER))
          .connect(to.address(), new InetSocketAddress(from, 0))
          .addListener(
              dialled -> {
                if (dialled.isSuccess()) {
                  relay.onConnected();
                } else {
                  relay.onDialFailed(dialled.cause());
                }
              });
    }

    /// Instead of [#dial]: the server was dialled before.
    public void take(DialledAhead ahead) {
      DuplexChannel server = ahead.server();
      server
          .pipeline()
          .replace(
              DialledAhead.Waiting.FOR_THE_APPLICATION,
              null,
              new RelayHandler(relay, Relay.Side.SERVER));
      relay.onTaken();
    }
  }

  private SocketChannel open(OriginalDestination to) {
    try {
      return sockets.open(to.address().getAddress());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
