package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;

/// Objects for tests.
final class Pods {
  static final String NODE = "node-1";

  private Pods() {}

  /// A running Pod of this Node, its UID being `uid-` and its name.
  static Pod running(String name, String ip) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName(name)
        .withUid("uid-" + name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(NODE)
        .withServiceAccountName("default")
        .addNewContainer()
        .withName("app")
        .withImage("app:1")
        .endContainer()
        .endSpec()
        .withNewStatus()
        .withPhase("Running")
        .withPodIP(ip)
        .addNewPodIP(ip)
        .withHostIP("192.0.2.10")
        .withStartTime("2026-01-01T00:00:00Z")
        .addNewContainerStatus()
        .withName("app")
        .withNewState()
        .withNewRunning()
        .endRunning()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  static Pod withUid(Pod pod, String uid) {
    return new PodBuilder(pod).editMetadata().withUid(uid).endMetadata().build();
  }

  static Pod withPhase(Pod pod, String phase) {
    return new PodBuilder(pod).editStatus().withPhase(phase).endStatus().build();
  }

  static Pod startedAt(Pod pod, String time) {
    return new PodBuilder(pod).editStatus().withStartTime(time).endStatus().build();
  }

  static Pod deleting(Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp("2026-01-01T01:00:00Z")
        .endMetadata()
        .build();
  }

  static Namespace namespace(String name, Map<String, String> annotations) {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(name)
        .withUid("uid-" + name)
        .withAnnotations(annotations)
        .endMetadata()
        .build();
  }
}
