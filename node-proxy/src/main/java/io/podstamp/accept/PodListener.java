package io.podstamp.accept;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.podstamp.pod.Family;
import io.podstamp.upstream.Dialer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// The listening sockets of one Pod on event loops. They are on loopback of its own netns:
/// reachable from nowhere else, so that the listener is the identity.
///
/// Where no SYN is held, two agents may listen on the port at once during an upgrade (SO_REUSEPORT,
/// same user). What waits at the listener of the one that closes moves to the other's
/// (`tcp_migrate_req`).
public final class PodListener implements AutoCloseable {
  /// As much of `struct tcp_info` (`linux/tcp.h`) as is read of it.
  private static final RawUnixChannelOption INFO = new RawUnixChannelOption("TCP_INFO", 6, 11, 28);

  /// `tcpi_unacked`, which is the length of the backlog of a socket that listens.
  private static final int WAITING = 24;

  private static final Duration TAKEN_WITHIN = Duration.ofSeconds(1);
  private static final Duration LOOK_EVERY = Duration.ofMillis(5);

  private final int port;
  private final Map<Family, ServerChannel> channels;

  private PodListener(int port, Map<Family, ServerChannel> channels) {
    this.port = port;
    this.channels = channels;
  }

  /// Accepts from now on. Blocks; not for event loops.
  ///
  /// @param sockets are this one's from now on, also when it fails
  /// @param gate closes while the Pod holds all that it may
  public static PodListener start(
      EventLoopGroup loops, ListeningSockets sockets, AcceptGate gate, ChannelHandler connections) {
    Map<Family, ServerChannel> channels = new EnumMap<>(Family.class);
    List<ChannelFuture> begun = new ArrayList<>();
    sockets
        .sockets()
        .forEach(
            (family, socket) -> {
              ServerChannel channel = new EpollServerSocketChannel(socket.intValue());
              channels.put(family, channel);
              begun.add(
                  new ServerBootstrap()
                      .group(loops)
                      .channelFactory(() -> channel)
                      .option(ChannelOption.AUTO_READ, false) // the gate knows when
                      .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                      .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Dialer.BUFFERED)
                      .childHandler(connections)
                      .register());
            });
    PodListener listener = new PodListener(sockets.port(), channels);
    for (ChannelFuture one : begun) {
      if (!one.awaitUninterruptibly().isSuccess()) {
        listener.close();
        throw new IllegalStateException("a listener has no event loop", one.cause());
      }
      // In the loop's order, so that who accepts is there by then.
      one.channel().eventLoop().execute(() -> one.channel().pipeline().addFirst(gate));
    }
    return listener;
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
    channels.values().forEach(channel -> channel.close().awaitUninterruptibly());
  }
}
