package io.podstamp.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What is known of a program that takes the PROXY protocol: how much of a header, and what of it
/// the program can tell. Measured, as docs/gateway.md shows.
public enum Receiver {
  /// Any: as little as the least of all takes.
  GENERIC("generic", Sizes.LEAST),
  NGINX_1_22("nginx-1.22", Sizes.LEAST),
  NGINX("nginx", Sizes.ONE_SEGMENT),
  HAPROXY_2_6("haproxy-2.6", Sizes.ONE_SEGMENT),
  HAPROXY("haproxy", Sizes.ONE_SEGMENT),
  ENVOY("envoy", Sizes.ONE_SEGMENT),
  APACHE("apache", 204),
  VARNISH("varnish", 376),
  CADDY("caddy", Sizes.ONE_SEGMENT),
  POSTFIX("postfix", Sizes.ONE_SEGMENT);

  /// Bytes of TLVs behind addresses of IPv4.
  private static final class Sizes {
    /// nginx 1.22, in front of TLS or in `stream`: a header of 107 bytes, the longest line of
    /// version 1.
    static final int LEAST = 79;

    /// A header of 536 bytes, which the smallest TCP segment of IPv4 holds (RFC 9293, section
    /// 3.7.1): one that comes in two parts is fatal at several receivers that would take more.
    static final int ONE_SEGMENT = 508;
  }

  private final String label;
  private final int mostTlvs;

  Receiver(String label, int mostTlvs) {
    this.label = label;
    this.mostTlvs = mostTlvs;
  }

  /// As in the config.
  public String label() {
    return label;
  }

  /// Bytes of TLVs that it takes behind addresses of IPv4.
  public int mostTlvs() {
    return mostTlvs;
  }

  /// What it is told when the config does not say, the most important first.
  public List<ProxyTlv> tlvs() {
    return switch (this) {
      case GENERIC, NGINX, HAPROXY, ENVOY -> ProxyTlv.NAMED;
      case HAPROXY_2_6 -> ProxyTlv.UNIQUE_AND_AUTHORITY;
      case VARNISH -> ProxyTlv.AUTHORITY_ALONE;
      case NGINX_1_22, APACHE, CADDY, POSTFIX -> List.of();
    };
  }

  static List<String> labels() {
    return Arrays.stream(values()).map(Receiver::label).toList();
  }

  static Optional<Receiver> of(String label) {
    return Arrays.stream(values()).filter(receiver -> receiver.label.equals(label)).findFirst();
  }
}
