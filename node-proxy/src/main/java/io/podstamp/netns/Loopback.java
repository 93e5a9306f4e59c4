package io.podstamp.netns;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The loopback interface of the namespace that this process was started in, which is down in a new
/// one.
public final class Loopback {
  /// `linux/rtnetlink.h`, `linux/netlink.h`, `linux/if.h`
  private static final short RTM_NEWLINK = 16;

  private static final short NLM_F_REQUEST = 1;
  private static final int IFF_UP = 1;

  /// The kernel gives it the first index in every namespace (`LOOPBACK_IFINDEX`, `net/flow.h`).
  private static final int INDEX = 1;

  /// `struct nlmsghdr` and `struct ifinfomsg`.
  private static final int LENGTH = 16 + 16;

  private Loopback() {}

  /// Sets it up; it is no error when it is.
  public static void up() throws ErrnoException {
    int socket =
        Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_ROUTE);
    try {
      ByteBuffer message = ByteBuffer.allocate(LENGTH).order(ByteOrder.nativeOrder());
      message.putInt(LENGTH).putShort(RTM_NEWLINK).putShort(NLM_F_REQUEST).putInt(1).putInt(0);
      message.putInt(0).putInt(INDEX).putInt(IFF_UP).putInt(IFF_UP);
      // rtnetlink works within send(2).
      Libc.send(socket, message.array());
    } finally {
      Libc.close(socket);
    }
  }
}
