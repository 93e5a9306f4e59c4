package io.podstamp.pod;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything a header may say of a Pod. What is not known (yet) is null or absent, never empty
/// text.
///
/// @param ips the Pod's addresses, the primary one first
/// @param hostname what `hostname` prints in the Pod
/// @param workload the controller at the top, such as the Deployment of a ReplicaSet's Pod
public record PodIdentity(
    PodRef ref,
    List<InetAddress> ips,
    @Nullable String hostname,
    @Nullable String serviceAccount,
    Map<String, String> labels,
    Map<String, String> annotations,
    @Nullable Workload workload,
    Node node) {

  /// A controller of Pods.
  public record Workload(String kind, String name) {}

  /// The machine the Pod runs on.
  ///
  /// @param ips its addresses in both families, the primary one first
  public record Node(String name, @Nullable InetAddress ip, List<InetAddress> ips) {
    public Node {
      ips = List.copyOf(ips);
    }

    /// One with no more than one address.
    public Node(String name, @Nullable InetAddress ip) {
      this(name, ip, ip == null ? List.of() : List.of(ip));
    }
  }

  public PodIdentity {
    ips = List.copyOf(ips);
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /// The primary address, as `kubectl get pods -o wide` shows it; null if none is known.
  public @Nullable InetAddress ip() {
    return ips.isEmpty() ? null : ips.getFirst();
  }
}
