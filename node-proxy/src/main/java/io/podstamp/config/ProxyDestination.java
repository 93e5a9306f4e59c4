package io.podstamp.config;

import java.util.Optional;

/// A destination that an annotation adds: `192.0.2.1:443`, or `[2001:db8::/32]:443`.
public record ProxyDestination(Cidr block, int port) {
  private static final String EXPECTED =
      "' (expected: a destination with its port, such as 192.0.2.1:443 or [2001:db8::1]:443)";

  /// Parses one.
  ///
  /// @throws IllegalArgumentException with one sentence
  static ProxyDestination parse(String text) {
    int colon = text.lastIndexOf(':');
    String block = colon < 0 ? "" : text.substring(0, colon);
    boolean inBrackets = block.startsWith("[") && block.endsWith("]");
    String address = inBrackets ? block.substring(1, block.length() - 1) : block;
    Optional<Integer> port =
        colon < 0 ? Optional.empty() : Settings.port(text.substring(colon + 1));
    if (port.isEmpty() || address.isEmpty() || (address.indexOf(':') >= 0) != inBrackets) {
      throw new IllegalArgumentException("'" + text + EXPECTED);
    }
    return new ProxyDestination(Cidr.parse(address), port.get());
  }

  @Override
  public String toString() {
    return block.isIpv4() ? block + ":" + port : "[" + block + "]:" + port;
  }
}
