package io.podstamp.hold;

import io.podstamp.upstream.PacketHeader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The first packet of a connection, as the kernel queued it.
///
/// @param packet what the kernel calls it in this queue
/// @param mark the packet's mark, which is the application's; 0 for none
/// @param device the index of the one it would leave by
/// @param path from where to where
/// @param sequence its initial sequence number (RFC 9293, 3.4.1): a repetition has the same one,
///   the next connection of the same path another
/// @param hook where it was queued (`enum nf_inet_hooks`)
/// @param signed whether it is authenticated (RFC 2385, RFC 5925), and would not be taken from
///   anybody else's address
/// @param header what the application's packets carry
/// @param bytes its own, with what the listener needs to take it at once
record Syn(
    int packet,
    int hook,
    int mark,
    int device,
    Path path,
    int sequence,
    boolean signed,
    PacketHeader header,
    FastOpenSyn bytes) {
  /// `NF_INET_POST_ROUTING`
  private static final int POST_ROUTING = 4;

  /// `IPPROTO_TCP`, and the extension headers of IPv6 that may come first (RFC 8200, 4.1).
  private static final int TCP = 6;

  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int DESTINATION_OPTIONS = 60;

  private static final int IPV4_ADDRESSES = 12;
  private static final int IPV6_ADDRESSES = 8;
  private static final int IPV6_HEADER = 40;
  private static final int TCP_HEADER = 20;

  /// Kinds of TCP options.
  private static final int END_OF_OPTIONS = 0;

  private static final int NO_OPERATION = 1;
  private static final int MD5_SIGNATURE = 19;
  private static final int AUTHENTICATION = 29;

  /// The two ends of a connection.
  record Path(InetSocketAddress source, InetSocketAddress destination) {}

  /// Whether it is one of our own dials, and has met all rules that redirect.
  boolean isOurs() {
    return hook == POST_ROUTING;
  }

  /// Reads a packet from its network header on; as much of it as there is.
  ///
  /// @return null when it is not the beginning of a TCP packet
  static @Nullable Syn read(int packet, int hook, int mark, int device, ByteBuffer bytes) {
    int start = bytes.position();
    if (bytes.remaining() < TCP_HEADER) {
      return null;
    }
    boolean isIpv4 = (bytes.get(start) & 0xf0) == 0x40;
    int tcp = isIpv4 ? behindIpv4(bytes) : behindIpv6(bytes);
    if (tcp < 0 || bytes.limit() - tcp < TCP_HEADER) {
      return null;
    }
    int addresses = start + (isIpv4 ? IPV4_ADDRESSES : IPV6_ADDRESSES);
    int length = isIpv4 ? 4 : 16;
    Path path =
        new Path(
            new InetSocketAddress(address(bytes, addresses, length), port(bytes, tcp)),
            new InetSocketAddress(
                address(bytes, addresses + length, length), port(bytes, tcp + 2)));
    return new Syn(
        packet,
        hook,
        mark,
        device,
        path,
        bytes.getInt(tcp + 4),
        isSigned(bytes, tcp),
        PacketHeader.of(bytes),
        FastOpenSyn.of(bytes, tcp));
  }

  private static int behindIpv4(ByteBuffer bytes) {
    int start = bytes.position();
    return (bytes.get(start + 9) & 0xff) == TCP ? start + (bytes.get(start) & 0xf) * 4 : -1;
  }

  private static int behindIpv6(ByteBuffer bytes) {
    int next = bytes.get(bytes.position() + 6) & 0xff;
    int at = bytes.position() + IPV6_HEADER;
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
      if (bytes.limit() - at < 2) {
        return -1;
      }
      next = bytes.get(at) & 0xff;
      at += ((bytes.get(at + 1) & 0xff) + 1) * 8;
    }
    return next == TCP ? at : -1;
  }

  private static int port(ByteBuffer bytes, int at) {
    return bytes.getShort(at) & 0xffff;
  }

  private static InetAddress address(ByteBuffer bytes, int at, int length) {
    byte[] address = new byte[length];
    bytes.get(at, address);
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  private static boolean isSigned(ByteBuffer bytes, int tcp) {
    int end = Math.min(bytes.limit(), tcp + (bytes.get(tcp + 12) >> 4 & 0xf) * 4);
    int at = tcp + TCP_HEADER;
    while (at < end) {
      int kind = bytes.get(at);
      if (kind == END_OF_OPTIONS) {
        return false;
      }
      if (kind == MD5_SIGNATURE || kind == AUTHENTICATION) {
        return true;
      }
      int length = kind == NO_OPERATION ? 1 : at + 1 < end ? bytes.get(at + 1) & 0xff : 0;
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return false;
  }
}
