package io.podstamp.node;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The DaemonSet that this agent belongs to: it tells an upgrade from an uninstall, which both
/// begin with SIGTERM.
record OwnDaemonSet(KubernetesClient client, String namespace, String name) {
  private static final Logger log = LoggerFactory.getLogger(OwnDaemonSet.class);
  private static final Duration PAUSE = Duration.ofMillis(500);

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
  /// more says the same. One that does not answer is asked again; in the end it has said nothing.
  ///
  /// @param patience how long
  boolean isGone(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return isGone(client.apps().daemonSets().inNamespace(namespace).withName(name).get())
            || isGone(client.namespaces().withName(namespace).get());
      } catch (KubernetesClientException e) {
        if (e.getCode() == 401 || e.getCode() == 403) {
          return true;
        }
        if (System.nanoTime() - end >= 0) {
          log.warn(
              "not known whether this is an upgrade or an uninstall, since the API server does not"
                  + " answer: podstamp stays on this Node; if it is an uninstall, run `podstamp"
                  + " uninstall` here: {}",
              e.getMessage());
          return false;
        }
        Thread.sleep(PAUSE);
      }
    }
  }

  private static boolean isGone(@Nullable HasMetadata found) {
    return found == null || found.getMetadata().getDeletionTimestamp() != null;
  }
}
