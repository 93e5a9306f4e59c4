package io.podstamp.config;

import java.net.InetAddress;
import java.util.Arrays;

/// A block of IP addresses, such as `10.0.0.0/8`. Host bits are cleared, so that equal blocks are
/// equal.
///
/// @param address the first address of the block
/// @param prefix the number of leading bits that count
public record Cidr(InetAddress address, int prefix) {
  public Cidr {
    byte[] bytes = address.getAddress();
    if (prefix < 0 || prefix > bytes.length * 8) {
      throw new IllegalArgumentException(
          address.getHostAddress()
              + "/"
              + prefix
              + " (expected: a prefix of 0 to "
              + bytes.length * 8
              + ")");
    }
    address = masked(bytes, prefix);
  }

  /// Parses `address/prefix`, or an address alone.
  ///
  /// @throws IllegalArgumentException with one sentence when the text is neither; names are not
  ///   resolved
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    try {
      InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
      int bits = address.getAddress().length * 8;
      return new Cidr(address, slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + text + "' (expected: an address block such as 10.0.0.0/8)", e);
    }
  }

  /// Whether the block is of IPv4 addresses.
  public boolean isIpv4() {
    return address.getAddress().length == 4;
  }

  /// Whether the address lies in the block.
  public boolean contains(InetAddress other) {
    byte[] bytes = other.getAddress();
    return bytes.length == address.getAddress().length && masked(bytes, prefix).equals(address);
  }

  private static InetAddress masked(byte[] bytes, int prefix) {
    byte[] masked = Arrays.copyOf(bytes, bytes.length);
    for (int bit = prefix; bit < masked.length * 8; bit++) {
      masked[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    try {
      return InetAddress.getByAddress(masked);
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("an address keeps its length", e);
    }
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + prefix;
  }
}
