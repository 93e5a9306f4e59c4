package io.podstamp.node;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;

/// The DaemonSet that this agent belongs to: it tells an upgrade from an uninstall, which both
/// begin with SIGTERM.
record OwnDaemonSet(KubernetesClient client, String namespace, String name) {
  /// @param text `NAMESPACE/NAME`
  static OwnDaemonSet of(KubernetesClient client, String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new IllegalArgumentException("daemon-set: " + text + " (expected: NAMESPACE/NAME)");
    }
    return new OwnDaemonSet(client, parts[0], parts[1]);
  }

  /// Whether it was deleted, or is about to be with its namespace, whose Pods may go before it.
  /// `kubectl delete -k` deletes our account and rights with it, so an API server that knows us no
  /// more says the same; one that cannot be reached says nothing.
  boolean isGone() {
    try {
      return isGone(client.apps().daemonSets().inNamespace(namespace).withName(name).get())
          || isGone(client.namespaces().withName(namespace).get());
    } catch (KubernetesClientException e) {
      return e.getCode() == 401 || e.getCode() == 403;
    }
  }

  private static boolean isGone(@Nullable HasMetadata found) {
    return found == null || found.getMetadata().getDeletionTimestamp() != null;
  }
}
