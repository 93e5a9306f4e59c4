package io.podstamp.netns;

import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Socket;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.nftables.Nftables;
import io.podstamp.os.Errno;
import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Sockets made inside a Pod's namespace. They stay in it wherever they are used afterwards, so
/// only their making happens inside: registering there would strand an event loop that starts with
/// it.
public final class PodSockets {
  private PodSockets() {}

  /// A socket for a connection to the world; on the event loop that will own it.
  public static EpollSocketChannel upstream(Netns netns, Family family) throws IOException {
    return netns.inside(() -> new EpollSocketChannel(protocol(family)));
  }

  /// A bare one, likewise.
  public static Socket bareUpstream(Netns netns, Family family) throws IOException {
    return new Socket(netns.inside(() -> tcp(family)));
  }

  /// A bare one in the namespace of the calling thread; null if the kernel has no such family.
  public static @Nullable Socket bareHere(Family family) throws IOException {
    try {
      return new Socket(tcp(family));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAFNOSUPPORT) {
        return null;
      }
      throw e;
    }
  }

  private static int tcp(Family family) throws IOException {
    int domain = family == Family.IPV4 ? Libc.AF_INET : Libc.AF_INET6;
    return Libc.socket(domain, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
  }

  /// Has the kernel forget what it made of a connection: its next packet meets the rules anew.
  /// Takes some ten microseconds.
  public static void forgetTranslation(
      Netns netns, InetSocketAddress source, InetSocketAddress destination) throws IOException {
    try (NetlinkSocket conntrack = netns.inside(() -> NetlinkSocket.open(Libc.NETLINK_NETFILTER))) {
      conntrack.order(ConntrackMessages.deletion(source, destination));
    }
  }

  /// A socket that looks like one of the Pod's own.
  public static EpollSocketChannel probe(Doorway doorway, Netns netns) throws IOException {
    return doorway.inside(netns, () -> new EpollSocketChannel(protocol(Family.IPV4)));
  }

  /// Sets loopback up, where our listeners are: a runtime may do so only after it has called us
  /// (containerd runs its plugin for `lo` beside the network's).
  public static void wakeLoopback(Doorway doorway, Netns netns) throws IOException {
    doorway.inside(
        netns,
        () -> {
          Loopback.up();
          return true;
        });
  }

  /// The lease, with the Pod's netlink socket: all that is done to the Pod's rules while it is
  /// captured goes through this one.
  public static Lease lease(Doorway doorway, Netns netns, Tenant tenant) throws IOException {
    return new Lease(nftables(doorway, netns), tenant);
  }

  /// A netlink socket for rules.
  static Nftables nftables(Doorway doorway, Netns netns) throws IOException {
    return doorway.inside(netns, Nftables::openHere);
  }

  private static SocketProtocolFamily protocol(Family family) {
    return family == Family.IPV4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }
}
