package io.podstamp.node;

import io.podstamp.pod.PodRef;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Pod that this agent runs in, as its DaemonSet tells it.
final class OwnPod {
  private OwnPod() {}

  /// Null outside a Pod.
  static @Nullable PodRef ref(Map<String, String> environment) {
    String namespace = environment.get("POD_NAMESPACE");
    String name = environment.get("POD_NAME");
    String uid = environment.get("POD_UID");
    return namespace == null || name == null || uid == null
        ? null
        : new PodRef(namespace, name, uid);
  }

  /// How this agent is told of to another one.
  static String describe(Map<String, String> environment, String nodeName) {
    PodRef pod = ref(environment);
    return "%s on Node %s"
        .formatted(
            pod == null
                ? "the agent with process id " + ProcessHandle.current().pid()
                : "the agent %s/%s".formatted(pod.namespace(), pod.name()),
            nodeName);
  }
}
