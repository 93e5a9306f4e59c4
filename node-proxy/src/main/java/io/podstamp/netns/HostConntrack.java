package io.podstamp.netns;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Node's connection tracking table, asked for what masquerade made of one connection. One
/// query is one `send` and one `recv` on a socket that stays open. Used by one thread.
public final class HostConntrack implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HostConntrack.class);
  private static final int LONGEST_ANSWER = 4096;
  private static final int EAGAIN = 11;

  private final int socket;
  private boolean failing;

  private HostConntrack(int socket) {
    this.socket = socket;
  }

  /// Of the namespace that this process was started in.
  public static HostConntrack open() throws IOException {
    return new HostConntrack(
        Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_NETFILTER));
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
    byte[] answer = new byte[LONGEST_ANSWER];
    try {
      Libc.send(socket, ConntrackMessages.query(from, to));
      // The kernel answers within send(2).
      int length = Libc.recv(socket, answer);
      drain();
      failing = false;
      return ConntrackMessages.replyDestination(
          ByteBuffer.wrap(answer, 0, length).order(ByteOrder.nativeOrder()));
    } catch (ErrnoException e) {
      if (!failing) {
        failing = true;
        log.warn("connection tracking cannot be asked; the log goes without: {}", e.getMessage());
      }
      return null;
    }
  }

  /// What is left over would be taken for the next answer.
  private void drain() throws ErrnoException {
    byte[] rest = new byte[LONGEST_ANSWER];
    try {
      while (true) {
        Libc.recv(socket, rest);
      }
    } catch (ErrnoException e) {
      if (e.errno() != EAGAIN) {
        throw e;
      }
    }
  }

  @Override
  public void close() throws IOException {
    Libc.close(socket);
  }
}
