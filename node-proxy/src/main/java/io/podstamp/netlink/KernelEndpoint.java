package io.podstamp.netlink;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;

/// A netlink socket as libc has it.
record KernelEndpoint(int fd) implements NetlinkSocket.Endpoint {
  /// What the kernel takes in one message unless asked for more (`net.core.wmem_default`), with
  /// room for its own accounting.
  private static final int SMALL = 64 * 1024;

  static KernelEndpoint open(int protocol) throws ErrnoException {
    int fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, protocol);
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
    try {
      Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, room);
    } catch (ErrnoException e) {
      // Not allowed in a user namespace, where net.core.wmem_max is the bound.
      Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF, room);
    }
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
