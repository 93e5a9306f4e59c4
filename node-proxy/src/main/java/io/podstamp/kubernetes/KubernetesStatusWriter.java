package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podstamp.config.Annotations;
import io.podstamp.identity.StatusWriter;
import io.podstamp.pod.PodRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One PATCH a status.
public final class KubernetesStatusWriter implements StatusWriter {
  private static final Logger log = LoggerFactory.getLogger(KubernetesStatusWriter.class);

  private final KubernetesClient client;
  private final Complaint complaint = new Complaint(log, "status annotations");

  /// The client stays the caller's.
  public KubernetesStatusWriter(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public void write(PodRef pod, String status) {
    try {
      client
          .pods()
          .inNamespace(pod.namespace())
          .withName(pod.name())
          .edit(
              known ->
                  new PodBuilder(known)
                      .editMetadata()
                      .addToAnnotations(Annotations.STATUS, status)
                      .endMetadata()
                      .build());
      complaint.succeeded();
    } catch (KubernetesClientException e) {
      complaint.failed(e);
    }
  }
}
