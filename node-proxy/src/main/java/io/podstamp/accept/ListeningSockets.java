package io.podstamp.accept;

import io.netty.channel.unix.Errors;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.podstamp.config.ListenPorts;
import io.podstamp.pod.Family;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.PacketHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Sockets that listen on loopback, on the same port in each family that there is: bare, so that
/// all of it is done in one visit to a Pod's network namespace. A [PodListener] takes them over.
///
/// @param port the same in every family
/// @param sockets one for each family that the Pod has
public record ListeningSockets(int port, Map<Family, Socket> sockets) implements AutoCloseable {
  /// How many connections may wait to be accepted.
  public static final int BACKLOG = 4096;

  /// `linux/tcp.h`
  private static final int IPPROTO_TCP = 6;

  private static final int TCP_FASTOPEN = 23;
  private static final int TCP_FASTOPEN_NO_COOKIE = 34;

  /// `errno.h`, as Netty's native transport has them.
  private static final int EADDRINUSE = -98;

  private static final int EADDRNOTAVAIL = -99;

  /// Makes a TCP socket.
  public interface Maker {
    /// Null if the kernel has no such family at all (`ipv6.disable=1`).
    @Nullable Socket open(Family family) throws IOException;
  }

  public ListeningSockets {
    sockets = Map.copyOf(sockets);
  }

  /// Listens on the first free one of all ports.
  public static ListeningSockets open(Maker maker, int inherited) throws IOException {
    return open(maker, ListenPorts.ALL, inherited);
  }

  /// Listens on the first free port.
  ///
  /// @param from which ports are tried, in this order
  /// @param inherited the port of an agent that listens there now or did before: tried first, and
  ///   shared with it; 0 for none
  public static ListeningSockets open(Maker maker, List<Integer> from, int inherited)
      throws IOException {
    List<Integer> ports = new ArrayList<>(from);
    if (inherited != 0) {
      ports.removeIf(port -> port == inherited);
      ports.addFirst(inherited);
    }
    for (int port : ports) {
      // An application that shares its ports too would let us in, and lose connections to us.
      if (port == inherited || isFree(maker, port)) {
        ListeningSockets made = open(maker, port, true);
        if (made != null) {
          return made;
        }
      }
    }
    throw new IOException(
        "listener: none of the ports " + ports + " is free in the Pod (expected: one)");
  }

  /// Listens on one port, and shares it with nobody who is there.
  ///
  /// @return null when it is taken
  public static @Nullable ListeningSockets openAlone(Maker maker, int port) throws IOException {
    return open(maker, port, false);
  }

  private static boolean isFree(Maker maker, int port) throws IOException {
    try (ListeningSockets alone = open(maker, port, false)) {
      return alone != null;
    }
  }

  /// Null when the port is taken in one of the families.
  private static @Nullable ListeningSockets open(Maker maker, int port, boolean shared)
      throws IOException {
    Map<Family, Socket> made = new EnumMap<>(Family.class);
    boolean isWhole = false;
    try {
      for (Family family : Family.values()) {
        Socket socket = maker.open(family);
        if (socket == null) {
          continue;
        }
        made.put(family, socket);
        switch (listen(socket, new InetSocketAddress(loopback(family), port), shared)) {
          case 0 -> {}
          case EADDRNOTAVAIL -> {
            made.remove(family); // the Pod has no such family
            socket.close();
          }
          default -> {
            return null;
          }
        }
      }
      isWhole = !made.isEmpty();
      return isWhole ? new ListeningSockets(port, made) : null;
    } finally {
      if (!isWhole) {
        closeAll(made);
      }
    }
  }

  /// Gives 0, or the number of an error that tells something.
  private static int listen(Socket socket, InetSocketAddress at, boolean shared)
      throws IOException {
    try {
      socket.setReuseAddress(true);
      socket.setReusePort(shared);
      // The kernel gives both to what is accepted, which saves two system calls a connection.
      set(socket, Dialer.URGENT_IN_LINE);
      set(socket, Dialer.KEEP_ALIVE);
      // Read where no SYN was held.
      set(socket, PacketHeader.SAVE_SYN);
      socket.bind(at);
      // Who is released by a queue comes with Fast Open (docs/DECISIONS.md); others as ever.
      socket.setIntOpt(IPPROTO_TCP, TCP_FASTOPEN, BACKLOG);
      socket.setIntOpt(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1);
      socket.listen(BACKLOG);
      return 0;
    } catch (Errors.NativeIoException e) {
      if (e.expectedErr() == EADDRINUSE || e.expectedErr() == EADDRNOTAVAIL) {
        return e.expectedErr();
      }
      throw new IOException("cannot listen on " + at, e);
    }
  }

  private static void set(Socket socket, IntegerUnixChannelOption option) throws IOException {
    socket.setIntOpt(option.level(), option.optname(), 1);
  }

  private static InetAddress loopback(Family family) {
    return InetAddress.ofLiteral(family == Family.IPV4 ? "127.0.0.1" : "::1");
  }

  @Override
  public void close() throws IOException {
    closeAll(sockets);
  }

  private static void closeAll(Map<Family, Socket> sockets) throws IOException {
    for (Socket socket : sockets.values()) {
      socket.close();
    }
  }
}
