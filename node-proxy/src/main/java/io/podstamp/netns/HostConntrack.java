package io.podstamp.netns;

import io.podstamp.netlink.Message;
import io.podstamp.netlink.NetlinkException;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.os.Errno;
import io.podstamp.os.Libc;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Node's connection tracking table, asked for what masquerade made of one connection. One
/// query is one `send` and one `recv` on a socket that stays open. Used by one thread.
public final class HostConntrack implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HostConntrack.class);

  private final NetlinkSocket socket;
  private boolean failing;

  private HostConntrack(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Of the namespace that this process was started in.
  public static HostConntrack open() throws IOException {
    return new HostConntrack(NetlinkSocket.open(Libc.NETLINK_NETFILTER));
  }

  /// The source address and port that the server sees.
  ///
  /// @param from our end of the connection, as the Pod's namespace knows it
  /// @return null when the Node does not track it (any more), so that it left as it was, or nobody
  ///   knows
  public @Nullable InetSocketAddress sourceSeen(InetSocketAddress from, InetSocketAddress to) {
    if (Family.of(from.getAddress()) != Family.of(to.getAddress())) {
      return null;
    }
    try {
      Message answer = socket.ask(ConntrackMessages.query(from, to));
      failing = false;
      return ConntrackMessages.replyDestination(answer);
    } catch (IOException e) {
      boolean isUntracked =
          e instanceof NetlinkException refused && refused.errno() == Errno.ENOENT;
      if (!isUntracked && !failing) {
        log.warn("connection tracking cannot be asked; the log goes without: {}", e.getMessage());
      }
      failing = !isUntracked;
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
