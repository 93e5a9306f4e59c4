package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podstamp.config.Annotations;
import io.podstamp.identity.StatusWriter;
import io.podstamp.pod.PodRef;
import java.net.HttpURLConnection;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One PATCH a status, and no GET before it: a merge patch of the one annotation (RFC 7396).
public final class KubernetesStatusWriter implements StatusWriter {
  private static final Logger log = LoggerFactory.getLogger(KubernetesStatusWriter.class);

  private final KubernetesClient client;
  private final LogOnce logOnce = new LogOnce(log, "status annotations");

  /// The client stays the caller's.
  public KubernetesStatusWriter(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public boolean write(PodRef pod, @Nullable String status) {
    Map<String, @Nullable String> annotation = Collections.singletonMap(Annotations.STATUS, status);
    Map<String, Object> change = Map.of("metadata", Map.of("annotations", annotation));
    try {
      Patches.merge(
          client, "api/v1/namespaces/%s/pods/%s".formatted(pod.namespace(), pod.name()), change);
      logOnce.succeeded();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return true; // it is gone, and its annotations with it
      }
      logOnce.failed(e);
      return false;
    }
  }
}
