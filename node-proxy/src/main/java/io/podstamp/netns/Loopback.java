package io.podstamp.netns;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The loopback interface of the namespace of the calling thread, which is down in a new one.
public final class Loopback {
  /// `linux/rtnetlink.h`, `linux/netlink.h`, `linux/if.h`
  private static final int RTM_NEWLINK = 16;

  private static final int IFF_UP = 1;

  /// The kernel gives it the first index in every namespace (`LOOPBACK_IFINDEX`, `net/flow.h`).
  private static final int INDEX = 1;

  /// `struct ifinfomsg`
  private static final int LENGTH = 16;

  private Loopback() {}

  /// Sets it up; it is no error when it is.
  public static void up() throws IOException {
    ByteBuffer link = ByteBuffer.allocate(LENGTH).order(ByteOrder.nativeOrder());
    link.putInt(0).putInt(INDEX).putInt(IFF_UP).putInt(IFF_UP);
    try (NetlinkSocket socket = NetlinkSocket.open(Libc.NETLINK_ROUTE)) {
      socket.order(new Request(RTM_NEWLINK, 0, "lo", new Attributes.Writer().raw(link.array())));
    }
  }
}
