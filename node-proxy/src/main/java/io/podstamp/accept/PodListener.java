package io.podstamp.accept;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.podstamp.config.ListenPorts;
import io.podstamp.pod.Family;
import io.podstamp.upstream.Dialer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The listening sockets of one Pod, on loopback of its own netns: reachable from nowhere else, so
/// that the listener is the identity. The same port in both families; a family the Pod lacks is
/// left out.
///
/// Where no SYN is held, two agents may listen on the port at once during an upgrade (SO_REUSEPORT,
/// same user). What waits at the listener of the one that closes moves to the other's
/// (`tcp_migrate_req`).
public final class PodListener implements AutoCloseable {
  /// How many connections may wait to be accepted.
  public static final int BACKLOG = 4096;

  /// `linux/tcp.h`. Netty's own option goes by what the host allows, and the Pod is what counts.
  private static final IntegerUnixChannelOption FAST_OPEN =
      new IntegerUnixChannelOption("TCP_FASTOPEN", 6, 23);

  private static final IntegerUnixChannelOption FAST_OPEN_WITHOUT_COOKIE =
      new IntegerUnixChannelOption("TCP_FASTOPEN_NO_COOKIE", 6, 34);

  /// As much of `struct tcp_info` (`linux/tcp.h`) as is read of it.
  private static final RawUnixChannelOption INFO = new RawUnixChannelOption("TCP_INFO", 6, 11, 28);

  /// `tcpi_unacked`, which is the length of the backlog of a socket that listens.
  private static final int WAITING = 24;

  private static final Duration TAKEN_WITHIN = Duration.ofSeconds(1);
  private static final Duration LOOK_EVERY = Duration.ofMillis(5);

  /// `errno.h`, as Netty's native transport has them.
  private static final int EADDRINUSE = -98;

  private static final int EADDRNOTAVAIL = -99;
  private static final int EAFNOSUPPORT = -97;

  /// Makes an unbound listening socket, wherever the Pod's sockets have to be made.
  public interface Sockets {
    ServerChannel open(Family family) throws IOException;
  }

  private final int port;
  private final Map<Family, Channel> channels;

  private PodListener(int port, Map<Family, Channel> channels) {
    this.port = port;
    this.channels = channels;
  }

  /// Binds to the first free port. Blocks; not for event loops.
  ///
  /// @param inherited the port of an agent that listens there now or did before: tried first, and
  ///   shared with it; 0 for none
  /// @param gate closes while the Pod holds all that it may
  public static PodListener open(
      EventLoopGroup loops,
      Sockets sockets,
      int inherited,
      AcceptGate gate,
      ChannelHandler connections)
      throws IOException {
    List<Integer> ports = new ArrayList<>(ListenPorts.ALL);
    if (inherited != 0) {
      ports.removeIf(port -> port == inherited);
      ports.addFirst(inherited);
    }
    for (int port : ports) {
      // An application that shares its ports too would let us in, and lose connections to us.
      if (port == inherited || isFree(loops, sockets, port)) {
        PodListener listener =
            bind(
                listening(loops, gate, connections).option(UnixChannelOption.SO_REUSEPORT, true),
                sockets,
                port);
        if (listener != null) {
          return listener;
        }
      }
    }
    throw new IOException(
        "listener: none of the ports " + ports + " is free in the Pod (expected: one)");
  }

  /// Binds to one port, and shares it with nobody who is there. Blocks; not for event loops.
  ///
  /// @return null when it is taken
  public static @Nullable PodListener openAlone(
      EventLoopGroup loops, Sockets sockets, int port, AcceptGate gate, ChannelHandler connections)
      throws IOException {
    return bind(listening(loops, gate, connections), sockets, port);
  }

  private static @Nullable PodListener bind(ServerBootstrap server, Sockets sockets, int port)
      throws IOException {
    Map<Family, Channel> channels = new EnumMap<>(Family.class);
    try {
      if (bindAll(server, sockets, port, channels)) {
        return new PodListener(port, channels);
      }
    } catch (IOException | RuntimeException e) {
      closeAll(channels);
      throw e;
    }
    closeAll(channels);
    return null;
  }

  private static boolean isFree(EventLoopGroup loops, Sockets sockets, int port)
      throws IOException {
    Map<Family, Channel> channels = new EnumMap<>(Family.class);
    try {
      return bindAll(
          new ServerBootstrap().group(loops).childHandler(new Closing()), sockets, port, channels);
    } finally {
      closeAll(channels);
    }
  }

  /// Binds in every family that the Pod has.
  ///
  /// @return false when the port is taken in one of them
  private static boolean bindAll(
      ServerBootstrap server, Sockets sockets, int port, Map<Family, Channel> into)
      throws IOException {
    for (Family family : Family.values()) {
      ServerChannel ready = openIfSupported(sockets, family);
      if (ready == null) {
        continue;
      }
      ChannelFuture bound =
          server
              .clone()
              .channelFactory(() -> ready)
              .bind(new InetSocketAddress(loopback(family), port))
              .awaitUninterruptibly();
      if (bound.isSuccess()) {
        into.put(family, ready);
        continue;
      }
      ready.close().awaitUninterruptibly();
      switch (errno(bound.cause())) {
        case EADDRINUSE -> {
          return false;
        }
        case EADDRNOTAVAIL -> {
          // The Pod has no such family.
        }
        default -> throw new IOException("cannot listen on port " + port, bound.cause());
      }
    }
    return !into.isEmpty();
  }

  /// A socket; null if the kernel has no such family at all (`ipv6.disable=1`).
  private static @Nullable ServerChannel openIfSupported(Sockets sockets, Family family)
      throws IOException {
    try {
      return sockets.open(family);
    } catch (IOException | RuntimeException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (errno(cause) == EAFNOSUPPORT) {
          return null;
        }
      }
      throw e;
    }
  }

  private static int errno(@Nullable Throwable cause) {
    return cause instanceof Errors.NativeIoException failure ? failure.expectedErr() : 0;
  }

  private static ServerBootstrap listening(
      EventLoopGroup loops, AcceptGate gate, ChannelHandler connections) {
    return new ServerBootstrap()
        .group(loops)
        .handler(gate)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        // Who is released by a queue comes with Fast Open (docs/DECISIONS.md); others as ever.
        .option(FAST_OPEN, BACKLOG)
        .option(FAST_OPEN_WITHOUT_COOKIE, 1)
        // The kernel gives both to what is accepted, which saves two system calls a connection.
        .option(Dialer.URGENT_IN_LINE, 1)
        .option(Dialer.KEEP_ALIVE, 1)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Dialer.BUFFERED)
        .childHandler(connections);
  }

  private static InetAddress loopback(Family family) {
    return InetAddress.ofLiteral(family == Family.IPV4 ? "127.0.0.1" : "::1");
  }

  /// The port, the same in every family.
  public int port() {
    return port;
  }

  /// The families in which there is a listener.
  public Set<Family> families() {
    return Set.copyOf(channels.keySet());
  }

  /// Whether every socket still listens.
  public boolean isOpen() {
    return channels.values().stream().allMatch(Channel::isOpen);
  }

  /// Closes when all that wait to be accepted are, or after a moment: what waits at a listener when
  /// it closes is reset. For one to whom nothing comes any more; not for event loops.
  public void closeWhenTaken() {
    long deadline = System.nanoTime() + TAKEN_WITHIN.toNanos();
    while (System.nanoTime() - deadline < 0
        && channels.values().stream().anyMatch(PodListener::hasWaiting)) {
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
    close();
  }

  private static boolean hasWaiting(Channel listener) {
    if (!listener.isOpen()) {
      return false;
    }
    ByteBuffer info = listener.config().getOption(INFO);
    return info != null && info.order(ByteOrder.nativeOrder()).getInt(WAITING) > 0;
  }

  @Override
  public void close() {
    closeAll(channels);
  }

  /// Nobody is meant to connect while the port is tried.
  @ChannelHandler.Sharable
  private static final class Closing extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.close();
    }
  }

  private static void closeAll(Map<Family, Channel> channels) {
    channels.values().forEach(channel -> channel.close().awaitUninterruptibly());
  }
}
