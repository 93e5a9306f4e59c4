package io.podstamp.netns;

import io.podstamp.netlink.Attributes;
import io.podstamp.netlink.Message;
import io.podstamp.netlink.Request;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.UnknownHostException;

/// The netlink bytes of a look-up in the connection tracking table
/// (`linux/netfilter/nfnetlink_conntrack.h`): one TCP connection by its original direction.
final class ConntrackMessages {
  private static final int NFNL_SUBSYS_CTNETLINK = 1;
  private static final int IPCTNL_MSG_CT_GET = NFNL_SUBSYS_CTNETLINK << 8 | 1;
  private static final int IPCTNL_MSG_CT_DELETE = NFNL_SUBSYS_CTNETLINK << 8 | 2;
  private static final int NFPROTO_IPV4 = 2;
  private static final int NFPROTO_IPV6 = 10;
  private static final int IPPROTO_TCP = 6;

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
  static Request query(InetSocketAddress from, InetSocketAddress to) {
    return request(IPCTNL_MSG_CT_GET, from, to);
  }

  /// Has it forgotten.
  static Request deletion(InetSocketAddress from, InetSocketAddress to) {
    return request(IPCTNL_MSG_CT_DELETE, from, to);
  }

  private static Request request(int type, InetSocketAddress from, InetSocketAddress to) {
    byte[] source = from.getAddress().getAddress();
    boolean isIpv4 = source.length == 4;
    Attributes.Writer query =
        Attributes.Writer.netfilter(isIpv4 ? NFPROTO_IPV4 : NFPROTO_IPV6, 0)
            .nest(
                CTA_TUPLE_ORIG,
                tuple ->
                    tuple
                        .nest(
                            CTA_TUPLE_IP,
                            ip ->
                                ip.bytes(isIpv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, source)
                                    .bytes(
                                        isIpv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST,
                                        to.getAddress().getAddress()))
                        .nest(
                            CTA_TUPLE_PROTO,
                            protocol ->
                                protocol
                                    .u8(CTA_PROTO_NUM, IPPROTO_TCP)
                                    .u16(CTA_PROTO_SRC_PORT, from.getPort())
                                    .u16(CTA_PROTO_DST_PORT, to.getPort())));
    return new Request(type, 0, "connection tracking", query);
  }

  /// Whom the server answers: the destination of the reply direction.
  ///
  /// @throws ProtocolException when the kernel does not tell
  static InetSocketAddress replyDestination(Message answer) throws ProtocolException {
    Attributes reply = answer.netfilterAttributes().nested(CTA_TUPLE_REPLY);
    Attributes ip = reply.nested(CTA_TUPLE_IP);
    byte[] address = ip.bytes(ip.has(CTA_IP_V4_DST) ? CTA_IP_V4_DST : CTA_IP_V6_DST);
    int port = reply.nested(CTA_TUPLE_PROTO).u16(CTA_PROTO_DST_PORT);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new ProtocolException(
          "connection tracking: an address of " + address.length + " bytes");
    }
  }
}
