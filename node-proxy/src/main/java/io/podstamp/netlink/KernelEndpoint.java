package io.podstamp.netlink;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;

/// A netlink socket as libc has it.
record KernelEndpoint(int fd) implements NetlinkSocket.Endpoint {
  /// What the kernel takes in one message unless asked for more (`net.core.wmem_default`), with
  /// room for its own accounting.
  private static final int SMALL = 64 * 1024;

  static KernelEndpoint open(int protocol) throws ErrnoException {
    int fd =
        Libc.socket(
            Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, protocol);
    try {
      // So that an error does not bring the whole request along.
      Libc.setsockopt(fd, Libc.SOL_NETLINK, Libc.NETLINK_CAP_ACK, 1);
      return new KernelEndpoint(fd);
    } catch (ErrnoException e) {
      Libc.close(fd);
      throw e;
    }
  }

  @Override
  public void send(byte[] datagram) throws ErrnoException {
    if (datagram.length > SMALL) {
      makeRoom(2 * datagram.length);
    }
    Libc.send(fd, datagram);
  }

  private void makeRoom(int room) throws ErrnoException {
    resize(Libc.SO_SNDBUFFORCE, Libc.SO_SNDBUF, room);
  }

  /// The first way is not allowed in a user namespace, where `net.core.wmem_max` and `rmem_max` are
  /// the bounds.
  private void resize(int forced, int bounded, int bytes) throws ErrnoException {
    try {
      Libc.setsockopt(fd, Libc.SOL_SOCKET, forced, bytes);
    } catch (ErrnoException e) {
      Libc.setsockopt(fd, Libc.SOL_SOCKET, bounded, bytes);
    }
  }

  @Override
  public void receiveBuffer(int bytes) throws ErrnoException {
    resize(Libc.SO_RCVBUFFORCE, Libc.SO_RCVBUF, bytes);
    Libc.setsockopt(fd, Libc.SOL_NETLINK, Libc.NETLINK_NO_ENOBUFS, 1);
  }

  @Override
  public int descriptor() {
    return fd;
  }

  @Override
  public int receive(byte[] into) throws ErrnoException {
    return Libc.recv(fd, into);
  }

  @Override
  public void close() throws ErrnoException {
    Libc.close(fd);
  }
}
