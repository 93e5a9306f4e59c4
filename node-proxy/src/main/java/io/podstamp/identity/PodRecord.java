package io.podstamp.identity;

import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the API server says of one Pod, as far as podstamp uses it.
///
/// @param ips `status.podIPs`, the primary one first; a terminated Pod may still list what another
///   Pod has now
/// @param annotations and labels of ours ([io.podstamp.config.Annotations#withLabels])
/// @param workload the controller at the top, the Pod itself if it has none
/// @param nodeIp `status.hostIP`
/// @param hostNetwork whether the addresses are the Node's; such a Pod is never found by address
/// @param linkerdContainer whether a container is called `linkerd-proxy`
/// @param runtimeClass `spec.runtimeClassName`; null if it has none
/// @param declaredPorts those of [io.podstamp.config.ListenPorts] that its containers declare
/// @param nodeIps `status.hostIPs`, which has both families; Kubernetes before 1.29 tells
///   `status.hostIP` alone
/// @param startedAt when the kubelet took the Pod on, [Instant#MIN] if it has not
public record PodRecord(
    PodRef ref,
    List<InetAddress> ips,
    String hostname,
    @Nullable String serviceAccount,
    Map<String, String> labels,
    Map<String, String> annotations,
    Workload workload,
    @Nullable InetAddress nodeIp,
    boolean hostNetwork,
    boolean linkerdContainer,
    Life life,
    Instant startedAt,
    @Nullable String runtimeClass,
    Set<Integer> declaredPorts,
    List<InetAddress> nodeIps) {

  /// Of two Pods that claim the same address or name, the greater one has it now. The order depends
  /// on nothing but the two, so the order of events does not matter.
  public static final Comparator<PodRecord> CLAIM =
      Comparator.comparing(PodRecord::life)
          .thenComparing(PodRecord::startedAt)
          .thenComparing(record -> record.ref().uid());

  /// On a mirror Pod, which is what the API server shows of a static Pod (one of the kubelet's own
  /// manifests): the UID that the kubelet, and so CNI, knows it by (`kubelet/types`,
  /// `ConfigMirrorAnnotationKey`). `kubernetes.io/config.hash` says the same, but anybody may write
  /// it.
  public static final String MIRROR = "kubernetes.io/config.mirror";

  private static final int LONGEST_HOSTNAME = 63;

  /// How far a Pod is in its life, the strongest claim to an address last.
  public enum Life {
    /// No container runs, and none will: the address may be another Pod's by now.
    TERMINATED,
    /// To be deleted, but a container still runs.
    ENDING,
    /// Waiting or running.
    LIVE
  }

  public PodRecord {
    ips = List.copyOf(ips);
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    declaredPorts = Set.copyOf(declaredPorts);
    nodeIps = List.copyOf(nodeIps);
  }

  /// Whether it is the Pod that the runtime tells of. The names have to agree; and the UID, where
  /// the runtime gives one: this Pod's, or the one that this is the mirror of.
  public boolean isMeantBy(PodRef told) {
    return told.name().equals(ref.name())
        && told.namespace().equals(ref.namespace())
        && (told.uid().isEmpty()
            || told.uid().equals(ref.uid())
            || told.uid().equals(annotations.get(MIRROR)));
  }

  /// How the runtime may tell of it, the likeliest first: each of these [#isMeantBy].
  public List<PodRef> aliases() {
    PodRef nameless = new PodRef(ref.namespace(), ref.name(), "");
    String mirrored = annotations.get(MIRROR);
    return mirrored == null
        ? List.of(ref, nameless)
        : List.of(new PodRef(ref.namespace(), ref.name(), mirrored), ref, nameless);
  }

  /// Whether the address leads to this Pod.
  public boolean holds(InetAddress ip) {
    return life != Life.TERMINATED && !hostNetwork && ips.contains(ip);
  }

  /// A hostname as the kubelet cuts it: 63 characters (HOST_NAME_MAX less one), no `-` or `.` left
  /// at the end (kubelet, `truncatePodHostnameIfNeeded`).
  public static String cutHostname(String hostname) {
    if (hostname.length() <= LONGEST_HOSTNAME) {
      return hostname;
    }
    int end = LONGEST_HOSTNAME;
    while (end > 0 && (hostname.charAt(end - 1) == '-' || hostname.charAt(end - 1) == '.')) {
      end--;
    }
    return hostname.substring(0, end);
  }
}
