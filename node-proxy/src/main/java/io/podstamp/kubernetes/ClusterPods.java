package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.identity.FeedHealth;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// All Pods of the cluster, by UID, with what a signer has to know of one and nothing else.
public final class ClusterPods implements AutoCloseable {
  private final Map<String, Known> pods = new ConcurrentHashMap<>();
  private final KubernetesClient informers;
  private final KubernetesFeed<Pod> feed;

  /// A Pod.
  ///
  /// @param node on which it runs; empty before it is scheduled
  /// @param serviceAccount empty if it has none
  /// @param mirror whether it stands for a static Pod, which a Node can make in any Namespace
  /// @param hasEnded whether no container runs, and none will
  /// @param daemonSet that controls it; empty if none does
  public record Known(
      PodRef ref,
      String node,
      String serviceAccount,
      List<InetAddress> ips,
      List<InetAddress> nodeIps,
      boolean mirror,
      boolean hostNetwork,
      boolean hasEnded,
      String daemonSet) {
    public Known {
      ips = List.copyOf(ips);
      nodeIps = List.copyOf(nodeIps);
    }
  }

  /// @param client stays the caller's
  public ClusterPods(KubernetesClient client) {
    this(client, WatchLife.SHORTEST);
  }

  /// @param shortestWatch how long a watch lasts at least, and half of how long at most
  public ClusterPods(KubernetesClient client, Duration shortestWatch) {
    this.informers = KubernetesClients.forInformers(client.getConfiguration(), this::answered);
    this.feed =
        new KubernetesFeed<>(
            "Pods",
            informers.pods().inAnyNamespace().runnableInformer(0),
            shortestWatch,
            ClusterPods::slim,
            pod -> pods.put(pod.getMetadata().getUid(), known(pod)),
            pod -> pods.remove(pod.getMetadata().getUid()));
  }

  /// Begins; returns at once, whatever the API server does.
  public ClusterPods start() {
    feed.start();
    return this;
  }

  private void answered(String path) {
    feed.answered();
  }

  /// Whether one whole list has gone through.
  public boolean synced() {
    return feed.synced();
  }

  /// How well it hears now.
  public FeedHealth health() {
    return feed.health();
  }

  /// The Pod; null if there is none, or none yet.
  public @Nullable Known byUid(String uid) {
    return pods.get(uid);
  }

  /// How many there are.
  public int size() {
    return pods.size();
  }

  private static Known known(Pod pod) {
    PodRecord record = KubernetesPods.record(pod);
    return new Known(
        record.ref(),
        pod.getSpec() == null ? "" : Objects.requireNonNullElse(pod.getSpec().getNodeName(), ""),
        Objects.requireNonNullElse(record.serviceAccount(), ""),
        record.ips(),
        record.nodeIps(),
        record.annotations().containsKey(PodRecord.MIRROR),
        record.hostNetwork(),
        record.life() == PodRecord.Life.TERMINATED,
        daemonSet(pod));
  }

  private static String daemonSet(Pod pod) {
    List<OwnerReference> owners = pod.getMetadata().getOwnerReferences();
    return owners == null
        ? ""
        : owners.stream()
            .filter(owner -> Boolean.TRUE.equals(owner.getController()))
            .filter(owner -> owner.getKind().equals("DaemonSet"))
            .filter(owner -> owner.getApiVersion().startsWith("apps/"))
            .map(OwnerReference::getName)
            .findFirst()
            .orElse("");
  }

  /// What [#known] reads: the informer tells of a Pod of its first list as it has kept it.
  private static Pod slim(Pod pod) {
    Map<String, String> annotations = KubernetesPods.orEmpty(pod.getMetadata().getAnnotations());
    String mirrored = annotations.get(PodRecord.MIRROR);
    return new PodBuilder(KubernetesPods.slim(pod))
        .editMetadata()
        .withLabels(Map.of())
        .withAnnotations(mirrored == null ? Map.of() : Map.of(PodRecord.MIRROR, mirrored))
        .endMetadata()
        .build();
  }

  @Override
  public void close() {
    feed.close();
    informers.close();
  }
}
