package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.identity.Directory;
import io.podstamp.identity.FeedHealth;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directory by two informers: this Node's Pods, and all Namespaces. Starting never blocks and
/// never fails: an API server that is away is asked again for ever, and what is known is kept
/// meanwhile.
public final class KubernetesDirectory implements Directory, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KubernetesDirectory.class);

  private final String nodeName;
  private final KubernetesClient client;
  private final PodIndex pods = new PodIndex();
  private final Map<String, NamespaceRecord> namespaces = new ConcurrentHashMap<>();
  private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
  private final KubernetesFeed<Pod> podFeed;
  private final KubernetesFeed<Namespace> namespaceFeed;

  /// Makes a directory that knows nothing until [#start()]; the client stays the caller's, and
  /// tells how to reach the API server.
  ///
  /// @param nodeName of the Node we run on: the API server is asked for its Pods only
  public KubernetesDirectory(KubernetesClient client, String nodeName) {
    this(client, nodeName, WatchLife.SHORTEST);
  }

  /// @param shortestWatch see [WatchLife]
  KubernetesDirectory(KubernetesClient caller, String nodeName, Duration shortestWatch) {
    this.nodeName = nodeName;
    this.client = KubernetesClients.forInformers(caller.getConfiguration(), this::answered);
    this.podFeed =
        new KubernetesFeed<>(
            "Pods",
            client.pods().inAnyNamespace().withField("spec.nodeName", nodeName).runnableInformer(0),
            shortestWatch,
            KubernetesPods::slim,
            this::put,
            this::remove);
    this.namespaceFeed =
        new KubernetesFeed<>(
            "Namespaces",
            client.namespaces().runnableInformer(0),
            shortestWatch,
            KubernetesDirectory::slim,
            this::put,
            this::remove);
  }

  /// Begins to listen; returns at once, whatever the API server does.
  public void start() {
    podFeed.start();
    namespaceFeed.start();
  }

  /// How well each of its feeds hears the API server.
  public List<FeedHealth> feeds() {
    return List.of(podFeed.health(), namespaceFeed.health());
  }

  /// What has not been heard of for longer than a watch lasts, in words; empty while all is well.
  public List<String> silences() {
    return feeds().stream()
        .filter(feed -> !feed.watching())
        .map(
            feed ->
                "news of %s from the API server (none for %d s)"
                    .formatted(feed.resource(), feed.age().toSeconds()))
        .toList();
  }

  /// Since when one of its feeds has been silent for longer than a watch lasts; null while all is
  /// well.
  public @Nullable Instant silentSince() {
    return feeds().stream()
        .filter(feed -> !feed.watching())
        .map(feed -> Instant.now().minus(feed.age()))
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  @Override
  public @Nullable PodRecord byIp(InetAddress ip) {
    return pods.byIp(ip);
  }

  @Override
  public @Nullable PodRecord byUid(String uid) {
    return pods.byUid(uid);
  }

  @Override
  public @Nullable PodRecord byName(String namespace, String name) {
    return pods.byName(namespace, name);
  }

  @Override
  public Collection<PodRecord> pods() {
    return pods.all();
  }

  @Override
  public @Nullable NamespaceRecord namespace(String name) {
    return namespaces.get(name);
  }

  @Override
  public Set<String> namespaces() {
    return Set.copyOf(namespaces.keySet());
  }

  @Override
  public void onChange(Consumer<Change> listener) {
    listeners.add(listener);
  }

  @Override
  public boolean synced() {
    return podFeed.synced() && namespaceFeed.synced();
  }

  @Override
  public void close() {
    podFeed.close();
    namespaceFeed.close();
    client.close();
  }

  private void answered(String path) {
    if (path.endsWith("/pods")) {
      podFeed.answered();
    } else if (path.endsWith("/namespaces")) {
      namespaceFeed.answered();
    }
  }

  private void put(Pod pod) {
    if (!nodeName.equals(pod.getSpec().getNodeName())) {
      return; // not every API server honours the field selector
    }
    PodRecord record = KubernetesPods.record(pod);
    if (pods.put(record)) {
      tell(new Change.OfPod(record.ref()));
    }
  }

  private void remove(Pod pod) {
    ObjectMeta meta = pod.getMetadata();
    if (pods.remove(meta.getUid())) {
      tell(new Change.OfPod(new PodRef(meta.getNamespace(), meta.getName(), meta.getUid())));
    }
  }

  private void put(Namespace namespace) {
    ObjectMeta meta = namespace.getMetadata();
    NamespaceRecord now = KubernetesPods.record(meta);
    if (!now.equals(namespaces.put(meta.getName(), now))) {
      tell(new Change.OfNamespace(meta.getName()));
    }
  }

  /// A Namespace of the same name may have come before the old one's end is told.
  private void remove(Namespace namespace) {
    ObjectMeta meta = namespace.getMetadata();
    NamespaceRecord known = namespaces.get(meta.getName());
    if (known != null && known.uid().equals(meta.getUid())) {
      namespaces.remove(meta.getName());
      tell(new Change.OfNamespace(meta.getName()));
    }
  }

  private synchronized void tell(Change change) {
    for (Consumer<Change> listener : listeners) {
      try {
        listener.accept(change);
      } catch (RuntimeException e) {
        log.error("a listener failed on {}", change, e);
      }
    }
  }

  private static Namespace slim(Namespace namespace) {
    return new NamespaceBuilder()
        .withMetadata(KubernetesPods.slim(namespace.getMetadata()))
        .build();
  }
}
