package io.podstamp.netns;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/// The lease of one Pod: an element with a timeout in an nft set. The redirect matches only while
/// it is there, so when nobody renews it the Pod's new connections go direct by themselves.
///
/// Renewal is one `send` on a netlink socket, which stays in the namespace it was made in: no
/// process, no `setns`.
public final class Lease implements AutoCloseable {
  private static final int EAGAIN = 11;
  private static final int ERROR_MESSAGE_LENGTH = 8192;

  private final int socket;
  private boolean closed;
  private int ownTransactions;

  private Lease(int socket) {
    this.socket = socket;
  }

  /// Opens the way to the lease; to be called inside the namespace.
  static Lease openInside() throws IOException {
    return new Lease(
        Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_NETFILTER));
  }

  /// Makes the lease last so long from now.
  ///
  /// @throws IOException when the kernel refuses, most likely because the table is gone
  public synchronized void renew(Duration lasting) throws IOException {
    transact(LeaseMessages.renewal(lasting.toMillis()));
  }

  /// Ends the lease: the Pod's next connections go direct. Proxied ones live on.
  public synchronized void revoke() throws IOException {
    transact(LeaseMessages.revocation());
  }

  /// How many transactions others than this lease have brought into the namespace's nf_tables, from
  /// an arbitrary start: while it stays the same, every rule there is the same. The kernel counts
  /// all transactions, ours too; asking takes two system calls where reading the rules takes a
  /// process.
  public synchronized int foreignTransactions() throws IOException {
    requireOpen();
    Libc.send(socket, LeaseMessages.generationQuestion());
    byte[] answer = new byte[ERROR_MESSAGE_LENGTH];
    int length = Libc.recv(socket, answer);
    return LeaseMessages.generation(
            ByteBuffer.wrap(answer, 0, length).order(ByteOrder.nativeOrder()))
        - ownTransactions;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the lease was let go");
    }
  }

  private void transact(byte[] batch) throws IOException {
    requireOpen();
    Libc.send(socket, batch);
    // nf_tables works within send(2): every complaint and the one acknowledgement are there by now.
    byte[] answer = new byte[ERROR_MESSAGE_LENGTH];
    int errno = 0;
    while (true) {
      int length;
      try {
        length = Libc.recv(socket, answer);
      } catch (ErrnoException e) {
        if (e.errno() == EAGAIN) {
          break;
        }
        throw e;
      }
      errno =
          Math.max(
              errno,
              LeaseMessages.errno(
                  ByteBuffer.wrap(answer, 0, length).order(ByteOrder.nativeOrder())));
    }
    if (errno != 0) {
      throw new IOException(
          "the lease cannot be renewed: errno "
              + errno
              + (errno == 2 ? " (maybe the rules were flushed)" : ""));
    }
    ownTransactions++;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      Libc.close(socket);
    }
  }
}
