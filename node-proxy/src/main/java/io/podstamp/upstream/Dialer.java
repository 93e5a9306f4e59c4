package io.podstamp.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.podstamp.metrics.ConnectionTally;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Dials what the application dialled, from the address it used, on the event loop of its
/// connection, and ties the two together. One per Pod.
public final class Dialer {
  /// `asm-generic/socket.h`
  static final int SOL_SOCKET = 1;

  private static final int SO_MARK = 36;

  /// What waits for a slow side: at most this and one read of 64 KiB ([ReadSize]).
  public static final WriteBufferWaterMark BUFFERED = new WriteBufferWaterMark(16 << 10, 60 << 10);

  private static final int SO_KEEPALIVE = 9;

  /// `linux/in.h`
  private static final int IPPROTO_IP = 0;

  private static final int IP_BIND_ADDRESS_NO_PORT = 24;

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
    SocketChannel open(InetAddress towards) throws IOException;
  }

  private final Sockets sockets;
  private final Consumer<SocketChannel> born;
  private final @Nullable ApplicationSockets applications;
  private final IntSupplier ownKeepAlive;
  private final Bootstrap template;

  /// @param mark the packet mark that lets a socket past the redirect; 0 for none
  public Dialer(Sockets sockets, int mark) {
    this(sockets, _ -> {}, null, () -> 0, mark);
  }

  /// @param born told of each connection to a server, when it is made or taken
  /// @param applications what connections follow once nothing moves on them; null: they do not
  /// @param ownKeepAlive after how many seconds of silence they send probes when the application
  ///   does not; 0: never
  public Dialer(
      Sockets sockets,
      Consumer<SocketChannel> born,
      @Nullable ApplicationSockets applications,
      IntSupplier ownKeepAlive,
      int mark) {
    this.sockets = sockets;
    this.born = born;
    this.applications = applications;
    this.ownKeepAlive = ownKeepAlive;
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

  /// The same options for a bare socket, but for those that are its channel's.
  static void prepare(Socket socket, int mark) throws IOException {
    socket.setIntOpt(SOL_SOCKET, SO_OOBINLINE, 1);
    socket.setIntOpt(SOL_SOCKET, SO_KEEPALIVE, 1);
    socket.setIntOpt(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    socket.setIntOpt(SOL_SOCKET, SO_MARK, mark);
  }

  /// Prepares a connection's dial; called on its event loop.
  public Call call(DuplexChannel downstream, ConnectionTally tally) {
    return new Call(downstream, tally);
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

    /// These bytes go to the server before all that the application sends, and with the first of it
    /// if that is there by then; to be called before the dial.
    public void sendFirst(byte[] bytes) {
      relay.sendFirst(bytes);
    }

    /// To be called once both are in their places.
    public void dial(OriginalDestination to, InetAddress from) {
      PacketHeader header = PacketHeader.ofSyn(downstream);
      Bootstrap dial =
          template
              .clone(downstream.eventLoop())
              .channelFactory(() -> open(to))
              .handler(new RelayHandler(relay, Relay.Side.SERVER));
      header.set(dial, to.address().getAddress());
      dial.connect(to.address(), new InetSocketAddress(from, 0))
          .addListener(
              dialled -> {
                if (dialled.isSuccess()) {
                  connected(header);
                } else {
                  relay.onDialFailed(dialled.cause());
                }
              });
    }

    /// Instead of [#dial]: the server was dialled before.
    public void take(AheadDial.Server server) {
      EpollSocketChannel taken = new EpollSocketChannel(server.descriptor().intValue());
      taken.config().setAllowHalfClosure(true).setWriteBufferWaterMark(BUFFERED);
      born.accept(taken);
      taken.pipeline().addLast(new RelayHandler(relay, Relay.Side.SERVER));
      downstream.eventLoop().register(taken);
      if (taken.isActive()) {
        connected(server.header());
      } else {
        relay.abort("the server ended the connection before the application had it");
      }
    }

    private void connected(PacketHeader header) {
      relay.onConnected(applications, ownKeepAlive, header);
    }
  }

  private SocketChannel open(OriginalDestination to) {
    try {
      SocketChannel socket = sockets.open(to.address().getAddress());
      born.accept(socket);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
