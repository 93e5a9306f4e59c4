package io.podstamp.hold;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A SYN that asks for TCP Fast Open (RFC 7413), as it goes to our listener. Its application has
/// not asked and is not told: there is no data in it, and no cookie in the answer.
///
/// It is for the listener's kernel alone, which makes the connection's socket of such a SYN instead
/// of the third packet of the handshake. Linux 6.18 takes the request's entry out of its table a
/// moment before it puts the socket's in (`inet_ehash_insert`), and answers a packet that comes
/// between the two with a reset. A packet can: a held SYN is answered on our CPU while its
/// application, woken by that, sends its first data on another one. Seen once in some 20 000
/// connections on two CPUs.
///
/// @param packet from the network header on; null if it stays as it is
@SuppressWarnings("ArrayRecordComponent") // never compared
record FastOpenSyn(byte @Nullable [] packet) {
  private static final FastOpenSyn NONE = new FastOpenSyn(null);

  /// NOP, NOP, and the option without a cookie (RFC 7413, 4.1.1).
  private static final byte[] OPTION = {1, 1, 34, 2};

  private static final int KIND = 34;
  private static final int TCP_HEADER = 20;
  private static final int MOST_WORDS = 15;
  private static final int IPPROTO_TCP = 6;

  /// Makes one of a SYN.
  ///
  /// @param bytes all of the packet, or not all of it: then it stays as it is
  /// @param tcp where its TCP header starts
  static FastOpenSyn of(ByteBuffer bytes, int tcp) {
    int start = bytes.position();
    boolean isIpv4 = (bytes.get(start) & 0xf0) == 0x40;
    int words = bytes.get(tcp + 12) >> 4 & 0xf;
    int end = tcp + words * 4;
    int length =
        isIpv4 ? bytes.getShort(start + 2) & 0xffff : 40 + (bytes.getShort(start + 4) & 0xffff);
    if (words == MOST_WORDS
        || end != bytes.limit()
        || start + length != end
        || asks(bytes, tcp, end)) {
      return NONE;
    }
    ByteBuffer packet = ByteBuffer.allocate(length + OPTION.length);
    packet.put(bytes.slice(start, length)).put(OPTION);
    int tcpAt = tcp - start;
    packet.put(tcpAt + 12, (byte) ((words + 1) << 4));
    if (isIpv4) {
      packet.putShort(2, (short) packet.limit());
      packet.putShort(10, (short) 0);
      packet.putShort(10, checksum(sum(packet, 0, tcpAt)));
    } else {
      packet.putShort(4, (short) (packet.limit() - 40));
    }
    packet.putShort(tcpAt + 16, (short) 0);
    int addresses = isIpv4 ? 12 : 8;
    long sum =
        sum(packet, addresses, addresses + (isIpv4 ? 8 : 32))
            + IPPROTO_TCP
            + (packet.limit() - tcpAt)
            + sum(packet, tcpAt, packet.limit());
    packet.putShort(tcpAt + 16, checksum(sum));
    return new FastOpenSyn(packet.array());
  }

  /// Whether the application has the option already.
  private static boolean asks(ByteBuffer bytes, int tcp, int end) {
    int at = tcp + TCP_HEADER;
    while (at < end) {
      int kind = bytes.get(at);
      int length = kind <= 1 ? 1 : at + 1 < end ? bytes.get(at + 1) & 0xff : 0;
      if (kind == 0 || length == 0) {
        return false;
      }
      if (kind == KIND) {
        return true;
      }
      at += length;
    }
    return false;
  }

  /// Of 16-bit words (RFC 1071); the length is even, as headers are.
  private static long sum(ByteBuffer bytes, int from, int to) {
    long sum = 0;
    for (int at = from; at < to; at += 2) {
      sum += bytes.getShort(at) & 0xffff;
    }
    return sum;
  }

  private static short checksum(long sum) {
    long folded = sum;
    while (folded > 0xffff) {
      folded = (folded & 0xffff) + (folded >> 16);
    }
    return (short) ~folded;
  }
}
