package io.podstamp.pod;

import java.net.Inet4Address;
import java.net.InetAddress;

/// An address family; a Pod has one or both.
public enum Family {
  IPV4,
  IPV6;

  /// The family of an address. Netty never hands out v4-mapped IPv6 addresses, nor does the JDK.
  public static Family of(InetAddress address) {
    return address instanceof Inet4Address ? IPV4 : IPV6;
  }
}
