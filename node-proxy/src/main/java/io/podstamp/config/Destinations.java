package io.podstamp.config;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/// Which destinations are captured: those in the scope and in `include` (empty: every one), and not
/// in `exclude`.
///
/// @param clusterCidrs the cluster's own blocks (Pods, Services, Nodes); what [Scope#OUTSIDE]
///   leaves out
public record Destinations(
    Scope scope, List<Cidr> clusterCidrs, List<Cidr> include, List<Cidr> exclude) {

  /// Metadata and credential services of clouds, and link-local addresses. Some of these services
  /// reject requests that carry `X-Forwarded-For`, so they are never captured, whatever is
  /// configured; docs/what-applications-see.md, "Never captured", has the source of each.
  public static final List<Cidr> ALWAYS_EXCLUDED =
      Stream.of(
              "169.254.0.0/16", // among others 169.254.169.254, and 169.254.170.2 and .23 of AWS
              "fe80::/10",
              "fd00:ec2::254", // AWS
              "fd00:ec2::23", // AWS, EKS Pod Identity
              "fd20:ce::254", // Google Cloud
              "fd00:c1::a9fe:a9fe", // Oracle Cloud
              "fd00:42::42", // Scaleway
              "fd00:a9fe:a9fe::1", // Akamai
              "168.63.129.16", // Azure
              "100.100.100.200", // Alibaba Cloud
              "192.0.0.192") // Oracle Cloud
          .map(Cidr::parse)
          .toList();

  /// Where probes go: an address of TEST-NET-3 (RFC 5737), which is nobody's. It counts as
  /// included.
  public static final InetAddress PROBE = InetAddress.ofLiteral("203.0.113.53");

  /// The default: every destination.
  public static final Destinations ALL =
      new Destinations(Scope.ALL, List.of(), List.of(), List.of());

  /// How far the capture reaches.
  public enum Scope {
    /// Inside the cluster and outside of it.
    ALL,
    /// Only what is not in `clusterCidrs`.
    OUTSIDE
  }

  public Destinations {
    clusterCidrs = List.copyOf(clusterCidrs);
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }

  /// Whether a connection to [#PROBE] is captured.
  public boolean captureProbes() {
    return Stream.concat(exclude.stream(), outOfScope().stream())
        .noneMatch(block -> block.contains(PROBE));
  }

  /// What the scope leaves out.
  public List<Cidr> outOfScope() {
    return switch (scope) {
      case OUTSIDE -> clusterCidrs;
      case ALL -> List.of();
    };
  }
}
