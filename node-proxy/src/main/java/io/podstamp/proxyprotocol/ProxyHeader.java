package io.podstamp.proxyprotocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.zip.CRC32C;

/// The header that tells a server whose connection it is: version 2, command PROXY, TCP
/// (proxy-protocol.txt, section 2.2).
///
/// Its family is that of the addresses; if only one of them is of IPv4, it is told as mapped (RFC
/// 4291, section 2.5.5.2).
///
/// @param source the client's own address and port
/// @param destination what it dialled
/// @param tlvs in the order in which they are sent
public record ProxyHeader(InetSocketAddress source, InetSocketAddress destination, List<Tlv> tlvs) {
  static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

  private static final int VERSION_2_PROXY = 0x21;
  private static final int TCP_OVER_IPV4 = 0x11;
  private static final int TCP_OVER_IPV6 = 0x21;

  /// Signature, version and command, family and protocol, and the length of what follows.
  private static final int PREFIX = SIGNATURE.length + 4;

  private static final int IPV4 = 4;
  private static final int IPV6 = 16;

  public ProxyHeader {
    tlvs = List.copyOf(tlvs);
    int most = 0xffff - 2 * (IPV6 + Short.BYTES);
    if (tlvs.stream().mapToInt(Tlv::length).sum() > most) {
      throw new IllegalArgumentException("TLVs: too long (expected: up to " + most + " bytes)");
    }
  }

  /// Whether both addresses are of IPv4.
  public static boolean isIpv4(InetSocketAddress source, InetSocketAddress destination) {
    return source.getAddress() instanceof Inet4Address
        && destination.getAddress() instanceof Inet4Address;
  }

  /// Bytes of all of it.
  public int length() {
    int address = isIpv4(source, destination) ? IPV4 : IPV6;
    return PREFIX + 2 * (address + Short.BYTES) + tlvs.stream().mapToInt(Tlv::length).sum();
  }

  /// All of it, in an array of its own.
  public byte[] toBytes() {
    ByteBuf out = Unpooled.wrappedBuffer(new byte[length()]).clear();
    writeTo(out);
    return out.array();
  }

  /// Appends it.
  public void writeTo(ByteBuf out) {
    int begin = out.writerIndex();
    boolean isIpv4 = isIpv4(source, destination);
    out.writeBytes(SIGNATURE)
        .writeByte(VERSION_2_PROXY)
        .writeByte(isIpv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6)
        .writeShort(length() - PREFIX);
    writeAddress(out, source.getAddress(), isIpv4);
    writeAddress(out, destination.getAddress(), isIpv4);
    out.writeShort(source.getPort()).writeShort(destination.getPort());
    int checksumAt = -1;
    for (Tlv tlv : tlvs) {
      byte[] value = tlv.value();
      out.writeByte(tlv.type()).writeShort(value.length);
      if (tlv.type() == Tlv.CRC32C) {
        checksumAt = out.writerIndex();
      }
      out.writeBytes(value);
    }
    if (checksumAt >= 0) {
      CRC32C checksum = new CRC32C();
      checksum.update(out.nioBuffer(begin, out.writerIndex() - begin));
      out.setInt(checksumAt, (int) checksum.getValue());
    }
  }

  private static void writeAddress(ByteBuf out, InetAddress address, boolean isIpv4) {
    if (address instanceof Inet4Address && !isIpv4) {
      out.writeZero(IPV6 - IPV4 - Short.BYTES).writeShort(0xffff);
    }
    out.writeBytes(address.getAddress());
  }
}
