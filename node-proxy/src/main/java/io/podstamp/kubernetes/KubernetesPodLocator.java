package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podstamp.identity.PodLocator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// One GET a question.
public final class KubernetesPodLocator implements PodLocator {
  private static final long LIMIT_SECONDS = 1;

  private final KubernetesClient client;

  /// The client stays the caller's.
  public KubernetesPodLocator(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Place find(String namespace, String name) {
    try {
      return CompletableFuture.supplyAsync(() -> ask(namespace, name), Thread::startVirtualThread)
          .completeOnTimeout(
              new Place.Unknown("no answer within " + LIMIT_SECONDS + " s"),
              LIMIT_SECONDS,
              TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      return new Place.Unknown(
          e.getCause() instanceof KubernetesClientException refused && refused.getCode() > 0
              ? "it answered " + refused.getCode()
              : "it cannot be reached");
    }
  }

  private Place ask(String namespace, String name) {
    Pod pod = client.pods().inNamespace(namespace).withName(name).get();
    if (pod == null) {
      return new Place.Absent();
    }
    String node = pod.getSpec().getNodeName();
    return node == null || node.isEmpty() ? new Place.Unscheduled() : new Place.OnNode(node);
  }
}
