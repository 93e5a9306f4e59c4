package io.podstamp.admin;

import java.net.InetAddress;

/// What a request's `Host` says.
final class HostName {
  private HostName() {}

  /// Whether it is an address literal or `localhost`, with or without a port (RFC 9110, section
  /// 7.2).
  static boolean isAddress(String host) {
    String name = host.replaceFirst(":\\d*$", "");
    if (name.startsWith("[") && name.endsWith("]")) {
      return isLiteral(name.substring(1, name.length() - 1));
    }
    return name.equalsIgnoreCase("localhost") || (name.indexOf(':') < 0 && isLiteral(name));
  }

  /// For an answer: short, and without what a terminal would act upon.
  static String printable(String host) {
    return host.substring(0, Math.min(host.length(), 100)).replaceAll("[^\\x20-\\x7e]", "?");
  }

  private static boolean isLiteral(String text) {
    try {
      return InetAddress.ofLiteral(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
