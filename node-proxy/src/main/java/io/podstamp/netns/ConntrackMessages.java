package io.podstamp.netns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The netlink bytes of a look-up in the connection tracking table
/// (`linux/netfilter/nfnetlink_conntrack.h`): one TCP connection by its original direction.
final class ConntrackMessages {
  private static final int NFNL_SUBSYS_CTNETLINK = 1;
  private static final int IPCTNL_MSG_CT_GET = NFNL_SUBSYS_CTNETLINK << 8 | 1;
  private static final byte NFPROTO_IPV4 = 2;
  private static final byte NFPROTO_IPV6 = 10;
  private static final byte IPPROTO_TCP = 6;

  private static final int CTA_TUPLE_ORIG = 1;
  private static final int CTA_TUPLE_REPLY = 2;
  private static final int CTA_TUPLE_IP = 1;
  private static final int CTA_TUPLE_PROTO = 2;
  private static final int CTA_IP_V4_SRC = 1;
  private static final int CTA_IP_V4_DST = 2;
  private static final int CTA_IP_V6_SRC = 3;
  private static final int CTA_IP_V6_DST = 4;
  private static final int CTA_PROTO_NUM = 1;
  private static final int CTA_PROTO_SRC_PORT = 2;
  private static final int CTA_PROTO_DST_PORT = 3;

  private ConntrackMessages() {}

  /// Asks for the connection that was opened from one address to the other, of the same family.
  static byte[] query(InetSocketAddress from, InetSocketAddress to) {
    byte[] source = from.getAddress().getAddress();
    boolean isIpv4 = source.length == 4;
    ByteBuffer query = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
    Netlink.message(query, IPCTNL_MSG_CT_GET, 0, isIpv4 ? NFPROTO_IPV4 : NFPROTO_IPV6, 0);
    int tuple = Netlink.open(query, CTA_TUPLE_ORIG);
    int ip = Netlink.open(query, CTA_TUPLE_IP);
    Netlink.attribute(query, isIpv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, source);
    Netlink.attribute(query, isIpv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, to.getAddress().getAddress());
    Netlink.close(query, ip);
    int protocol = Netlink.open(query, CTA_TUPLE_PROTO);
    Netlink.attribute(query, CTA_PROTO_NUM, new byte[] {IPPROTO_TCP});
    Netlink.attribute(query, CTA_PROTO_SRC_PORT, port(from));
    Netlink.attribute(query, CTA_PROTO_DST_PORT, port(to));
    Netlink.close(query, protocol);
    Netlink.close(query, tuple);
    query.putInt(0, query.position());
    byte[] bytes = new byte[query.position()];
    query.flip().get(bytes);
    return bytes;
  }

  /// Whom the server answers: the destination of the reply direction.
  ///
  /// @param answer one message, whole
  /// @return null if there is no such connection
  static @Nullable InetSocketAddress replyDestination(ByteBuffer answer) {
    int content = Netlink.HEADER_LENGTH + Netlink.GENERIC_LENGTH;
    if (answer.remaining() < content || answer.getShort(4) == Netlink.NLMSG_ERROR) {
      return null;
    }
    ByteBuffer attributes = answer.slice(content, answer.limit() - content).order(answer.order());
    ByteBuffer reply = Netlink.find(attributes, CTA_TUPLE_REPLY);
    ByteBuffer ip = Netlink.find(reply, CTA_TUPLE_IP);
    ByteBuffer address = Netlink.find(ip, CTA_IP_V4_DST);
    if (address == null) {
      address = Netlink.find(ip, CTA_IP_V6_DST);
    }
    ByteBuffer port = Netlink.find(Netlink.find(reply, CTA_TUPLE_PROTO), CTA_PROTO_DST_PORT);
    if (address == null || port == null || port.remaining() != 2) {
      return null;
    }
    byte[] bytes = new byte[address.remaining()];
    address.get(bytes);
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(bytes), port.order(ByteOrder.BIG_ENDIAN).getShort() & 0xffff);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private static byte[] port(InetSocketAddress address) {
    return ByteBuffer.allocate(2).putShort((short) address.getPort()).array();
  }
}
