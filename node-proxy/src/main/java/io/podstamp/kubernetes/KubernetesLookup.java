package io.podstamp.kubernetes;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodRef;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// One GET each of Pod and Namespace, side by side. Answers are kept for a few seconds, that there
/// is nothing too, so that a Node that starts a hundred Pods of one Namespace asks for it once.
public final class KubernetesLookup implements Lookup {
  /// Together with the rest of ADD it must stay well below the 5 s the plugin waits.
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// Long enough for a burst of ADDs, too short to hide that an annotation was changed.
  private static final Duration KEEP = Duration.ofSeconds(3);

  /// While the API server is in trouble, it is asked again sooner.
  private static final Duration KEEP_TROUBLE = Duration.ofSeconds(1);

  private final AsyncLoadingCache<PodRef, Found<PodRecord>> pods;
  private final AsyncLoadingCache<String, Found<NamespaceRecord>> namespaces;

  public KubernetesLookup(KubernetesClient client) {
    pods = cache(ref -> pod(client, ref));
    namespaces = cache(name -> namespace(client, name));
  }

  @Override
  public Answer find(PodRef pod) {
    long deadlineNanos = System.nanoTime() + LIMIT_NANOS;
    CompletableFuture<Found<PodRecord>> podAnswer = pods.get(pod);
    CompletableFuture<Found<NamespaceRecord>> namespaceAnswer = namespaces.get(pod.namespace());
    return new Answer(await(podAnswer, deadlineNanos), await(namespaceAnswer, deadlineNanos));
  }

  private static <T> Found<T> await(CompletableFuture<Found<T>> answer, long deadlineNanos) {
    try {
      return answer.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return new Found.Unknown<>("no answer from the API server within 1 s");
    } catch (ExecutionException e) {
      return new Found.Unknown<>(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Found.Unknown<>("interrupted");
    }
  }

  private static <K, T> AsyncLoadingCache<K, Found<T>> cache(Function<K, Found<T>> ask) {
    return Caffeine.newBuilder()
        .maximumSize(1_000)
        .executor(Thread::startVirtualThread)
        .expireAfter(
            Expiry.<K, Found<T>>creating(
                (key, found) -> found instanceof Found.Unknown ? KEEP_TROUBLE : KEEP))
        .buildAsync(
            key -> {
              try {
                return ask.apply(key);
              } catch (RuntimeException e) {
                return new Found.Unknown<>(e.toString());
              }
            });
  }

  private static Found<PodRecord> pod(KubernetesClient client, PodRef ref) {
    Pod pod = client.pods().inNamespace(ref.namespace()).withName(ref.name()).get();
    if (pod == null) {
      return new Found.Absent<>();
    }
    PodRecord record = KubernetesPods.record(pod);
    return record.isMeantBy(ref) ? new Found.Known<>(record) : new Found.Absent<>();
  }

  private static Found<NamespaceRecord> namespace(KubernetesClient client, String name) {
    Namespace namespace = client.namespaces().withName(name).get();
    return namespace == null
        ? new Found.Absent<>()
        : new Found.Known<>(KubernetesPods.record(namespace.getMetadata()));
  }
}
