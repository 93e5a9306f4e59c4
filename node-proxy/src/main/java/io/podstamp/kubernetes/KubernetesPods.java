package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.podstamp.config.Annotations;
import io.podstamp.config.ListenPorts;
import io.podstamp.config.Mesh;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Pods as the API has them, read into records. Any field may be missing: the API server is not
/// bound to what this client was compiled against.
final class KubernetesPods {
  private static final String TEMPLATE_HASH = "pod-template-hash";

  private KubernetesPods() {}

  static NamespaceRecord record(ObjectMeta namespace) {
    return new NamespaceRecord(
        namespace.getUid(),
        Annotations.withLabels(
            orEmpty(namespace.getAnnotations()), orEmpty(namespace.getLabels())));
  }

  static PodRecord record(Pod pod) {
    ObjectMeta meta = pod.getMetadata();
    PodSpec spec = pod.getSpec() == null ? new PodSpec() : pod.getSpec();
    PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    Map<String, String> labels = orEmpty(meta.getLabels());
    return new PodRecord(
        new PodRef(meta.getNamespace(), meta.getName(), meta.getUid()),
        addresses(status),
        hostname(meta, spec),
        spec.getServiceAccountName(),
        labels,
        Annotations.withLabels(orEmpty(meta.getAnnotations()), labels),
        workload(meta, labels),
        address(status.getHostIP()),
        Boolean.TRUE.equals(spec.getHostNetwork()),
        containers(spec).anyMatch(container -> Mesh.LINKERD_CONTAINER.equals(container.getName())),
        life(meta, status),
        instant(status.getStartTime()),
        spec.getRuntimeClassName(),
        containers(spec).flatMap(KubernetesPods::declared).collect(Collectors.toSet()),
        nodeAddresses(status));
  }

  private static List<InetAddress> nodeAddresses(PodStatus status) {
    List<HostIP> all = status.getHostIPs() == null ? List.of() : status.getHostIPs();
    return Stream.concat(Stream.ofNullable(status.getHostIP()), all.stream().map(HostIP::getIp))
        .map(KubernetesPods::address)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  /// The Pod with those fields only that [#record] reads: what an informer keeps of it.
  static Pod slim(Pod pod) {
    PodSpec spec = pod.getSpec() == null ? new PodSpec() : pod.getSpec();
    PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    return new PodBuilder()
        .withMetadata(slim(pod.getMetadata()))
        .withNewSpec()
        .withNodeName(spec.getNodeName())
        .withHostname(spec.getHostname())
        .withHostnameOverride(spec.getHostnameOverride())
        .withServiceAccountName(spec.getServiceAccountName())
        .withHostNetwork(spec.getHostNetwork())
        .withRuntimeClassName(spec.getRuntimeClassName())
        .withContainers(
            containers(spec)
                .filter(
                    container ->
                        Mesh.LINKERD_CONTAINER.equals(container.getName())
                            || declared(container).findAny().isPresent())
                .map(KubernetesPods::nameAndPorts)
                .toList())
        .endSpec()
        .withNewStatus()
        .withPhase(status.getPhase())
        .withPodIP(status.getPodIP())
        .withPodIPs(status.getPodIPs())
        .withHostIP(status.getHostIP())
        .withHostIPs(status.getHostIPs())
        .withStartTime(status.getStartTime())
        .withContainerStatuses(
            statuses(status)
                .filter(KubernetesPods::isRunning)
                .map(KubernetesPods::stateOnly)
                .toList())
        .endStatus()
        .build();
  }

  static ObjectMeta slim(ObjectMeta meta) {
    return new ObjectMetaBuilder()
        .withNamespace(meta.getNamespace())
        .withName(meta.getName())
        .withUid(meta.getUid())
        .withResourceVersion(meta.getResourceVersion())
        .withDeletionTimestamp(meta.getDeletionTimestamp())
        .withLabels(meta.getLabels())
        .withAnnotations(meta.getAnnotations())
        .withOwnerReferences(meta.getOwnerReferences())
        .build();
  }

  private static Container nameAndPorts(Container container) {
    Container slim = new Container();
    slim.setName(container.getName());
    slim.setPorts(
        declared(container)
            .map(port -> new ContainerPortBuilder().withContainerPort(port).build())
            .toList());
    return slim;
  }

  /// Those of our ports that a container says it listens on.
  private static Stream<Integer> declared(Container container) {
    return orEmpty(container.getPorts()).stream()
        .map(ContainerPort::getContainerPort)
        .filter(ListenPorts.ALL::contains);
  }

  private static ContainerStatus stateOnly(ContainerStatus status) {
    ContainerStatus slim = new ContainerStatus();
    slim.setState(status.getState());
    return slim;
  }

  static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  /// What `hostname` prints, without the domain that `setHostnameAsFQDN` adds: only the kubelet
  /// knows that one.
  private static String hostname(ObjectMeta meta, PodSpec spec) {
    if (isPresent(spec.getHostnameOverride())) {
      return spec.getHostnameOverride();
    }
    return PodRecord.cutHostname(
        isPresent(spec.getHostname()) ? spec.getHostname() : meta.getName());
  }

  /// The controller at the top, as far as the Pod alone tells: a Deployment is known by how it
  /// names its ReplicaSets; a CronJob's name cannot be told from its Job's with certainty.
  private static Workload workload(ObjectMeta meta, Map<String, String> labels) {
    for (OwnerReference owner : orEmpty(meta.getOwnerReferences())) {
      if (Boolean.TRUE.equals(owner.getController())) {
        String suffix = "-" + labels.get(TEMPLATE_HASH);
        String name = owner.getName();
        boolean ofDeployment =
            owner.getKind().equals("ReplicaSet")
                && owner.getApiVersion().startsWith("apps/")
                && name.length() > suffix.length()
                && name.endsWith(suffix);
        return ofDeployment
            ? new Workload("Deployment", name.substring(0, name.length() - suffix.length()))
            : new Workload(owner.getKind(), name);
      }
    }
    return new Workload("Pod", meta.getName());
  }

  private static PodRecord.Life life(ObjectMeta meta, PodStatus status) {
    if ("Succeeded".equals(status.getPhase()) || "Failed".equals(status.getPhase())) {
      return PodRecord.Life.TERMINATED;
    }
    if (meta.getDeletionTimestamp() == null) {
      return PodRecord.Life.LIVE;
    }
    return statuses(status).anyMatch(KubernetesPods::isRunning)
        ? PodRecord.Life.ENDING
        : PodRecord.Life.TERMINATED;
  }

  private static Stream<Container> containers(PodSpec spec) {
    return Stream.concat(
        orEmpty(spec.getContainers()).stream(), orEmpty(spec.getInitContainers()).stream());
  }

  private static Stream<ContainerStatus> statuses(PodStatus status) {
    return Stream.of(
            orEmpty(status.getContainerStatuses()),
            orEmpty(status.getInitContainerStatuses()),
            orEmpty(status.getEphemeralContainerStatuses()))
        .flatMap(List::stream);
  }

  private static boolean isRunning(ContainerStatus status) {
    return status.getState() != null && status.getState().getRunning() != null;
  }

  private static List<InetAddress> addresses(PodStatus status) {
    List<InetAddress> addresses = new ArrayList<>();
    for (PodIP ip : orEmpty(status.getPodIPs())) {
      InetAddress address = address(ip.getIp());
      if (address != null) {
        addresses.add(address);
      }
    }
    InetAddress primary = address(status.getPodIP());
    if (addresses.isEmpty() && primary != null) {
      addresses.add(primary);
    }
    return addresses;
  }

  private static @Nullable InetAddress address(@Nullable String text) {
    try {
      return text != null && !text.isEmpty() ? InetAddress.ofLiteral(text) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Instant instant(@Nullable String text) {
    try {
      return text == null ? Instant.MIN : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      return Instant.MIN;
    }
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static boolean isPresent(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
