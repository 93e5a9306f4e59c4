package io.podstamp.netns;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.Message;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The interfaces of a network namespace (`rtnetlink(7)`), as far as they tell which ways traffic
/// may take in it.
final class Links {
  /// `linux/rtnetlink.h`
  private static final int GETLINK = 18;

  private static final int GETADDR = 22;
  private static final int GETQDISC = 38;

  /// `struct ifinfomsg`, `struct ifaddrmsg`, `struct tcmsg`
  private static final int LINK_HEADER = 16;

  private static final int ADDRESS_HEADER = 8;
  private static final int QDISC_HEADER = 20;

  /// `linux/if_link.h`
  private static final int IFNAME = 3;

  private static final int MASTER = 10;
  private static final int LINKINFO = 18;
  private static final int INFO_KIND = 1;

  /// `ARPHRD_ETHER`: a tap, where a tun has none.
  private static final int ETHERNET = 1;

  private static final int IFF_LOOPBACK = 0x8;

  /// `RT_SCOPE_UNIVERSE`
  private static final int UNIVERSE = 0;

  private static final int TCA_KIND = 1;
  private static final Set<String> INGRESS = Set.of("ingress", "clsact");

  /// One interface.
  ///
  /// @param kind such as `bridge`; empty for what has none
  /// @param master the index of the bridge that it is in; 0 for none
  /// @param isAddressed whether it has an address that others could reach
  /// @param hasIngress whether traffic control sees what comes in
  record Link(
      int index,
      String name,
      String kind,
      boolean isEthernet,
      boolean isLoopback,
      int master,
      boolean isAddressed,
      boolean hasIngress) {
    boolean isTap() {
      return kind.equals("tun") && isEthernet;
    }
  }

  private Links() {}

  /// Those of the namespace that the calling thread is in.
  static List<Link> here() throws IOException {
    try (NetlinkSocket socket = NetlinkSocket.open(Libc.NETLINK_ROUTE)) {
      Set<Integer> addressed = new HashSet<>();
      for (Message message : dump(socket, GETADDR, ADDRESS_HEADER)) {
        ByteBuffer body = message.body();
        if (body.get(body.position() + 3) == UNIVERSE) {
          addressed.add(body.getInt(body.position() + 4));
        }
      }
      Set<Integer> ingress = new HashSet<>();
      for (Message message : dump(socket, GETQDISC, QDISC_HEADER)) {
        if (INGRESS.contains(attributes(message, QDISC_HEADER).text(TCA_KIND))) {
          ingress.add(message.body().getInt(message.body().position() + 4));
        }
      }
      List<Link> links = new ArrayList<>();
      for (Message message : dump(socket, GETLINK, LINK_HEADER)) {
        links.add(link(message, addressed, ingress));
      }
      return links;
    }
  }

  private static List<Message> dump(NetlinkSocket socket, int type, int header) throws IOException {
    return socket.dump(
        new Request(
            type, 0, "interfaces of the Pod", new Attributes.Writer().raw(new byte[header])));
  }

  private static Link link(Message message, Set<Integer> addressed, Set<Integer> ingress)
      throws IOException {
    ByteBuffer body = message.body();
    int start = body.position();
    int index = body.getInt(start + 4);
    Attributes attributes = attributes(message, LINK_HEADER);
    Attributes info = attributes.nested(LINKINFO);
    ByteBuffer master = attributes.find(MASTER);
    return new Link(
        index,
        attributes.text(IFNAME),
        info.has(INFO_KIND) ? info.text(INFO_KIND) : "",
        body.getShort(start + 2) == ETHERNET,
        (body.getInt(start + 8) & IFF_LOOPBACK) != 0,
        master == null ? 0 : master.getInt(master.position()),
        addressed.contains(index),
        ingress.contains(index));
  }

  private static Attributes attributes(Message message, int header) {
    ByteBuffer body = message.body();
    return new Attributes(
        body.slice(body.position() + header, body.remaining() - header).order(body.order()));
  }
}
