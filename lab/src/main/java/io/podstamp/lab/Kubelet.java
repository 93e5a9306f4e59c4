package io.podstamp.lab;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What kubelet and container runtime do for a Pod, in their order: the Pod is in the API first,
/// then its netns is made, CNI ADD connects it, and its address reaches the API last.
public final class Kubelet {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final CniRuntime cni;
  private final ApiServer api;
  private final String node;

  public Kubelet(CniRuntime cni, ApiServer api) {
    this(cni, api, Node.NAME);
  }

  /// That of another Node.
  public Kubelet(CniRuntime cni, ApiServer api, String node) {
    this.cni = cni;
    this.api = api;
    this.node = node;
  }

  /// A port of the Node that leads to a Pod.
  public record PortMapping(int hostPort, int containerPort) {
    private String json() {
      return "[{\"hostPort\":%d,\"containerPort\":%d,\"protocol\":\"tcp\"}]"
          .formatted(hostPort, containerPort);
    }
  }

  public LabPod run(String namespace, String name) {
    return run(namespace, name, Map.of(), List.of());
  }

  /// Runs a Pod.
  ///
  /// @param ports at most one port mapping
  /// @throws CniException if a plugin refuses; the sandbox is gone then, the Pod stays in the API
  public LabPod run(
      String namespace, String name, Map<String, String> annotations, List<PortMapping> ports) {
    Map<String, JsonNode> capabilities = new HashMap<>();
    ports.forEach(port -> capabilities.put("portMappings", JSON.readTree(port.json())));
    return run(namespace, name, annotations, capabilities);
  }

  /// Runs a Pod with this IPv4 address, which has to be free.
  public LabPod runAt(String ip, String namespace, String name) {
    JsonNode ips = JSON.createArrayNode().add(ip + "/24");
    return run(namespace, name, Map.of(), new HashMap<>(Map.of("ips", ips)));
  }

  private LabPod run(
      String namespace,
      String name,
      Map<String, String> annotations,
      Map<String, JsonNode> capabilities) {
    UUID uid =
        UUID.fromString(api.createPod(node, namespace, name, annotations).getMetadata().getUid());
    capabilities.put(
        "io.kubernetes.cri.pod-annotations", JSON.valueToTree(asKubeletPassesThem(annotations)));
    String containerId = (UUID.randomUUID() + "" + UUID.randomUUID()).replace("-", "");
    CniRuntime.Sandbox sandbox =
        new CniRuntime.Sandbox(
            containerId, Netns.add("cni-" + UUID.randomUUID()), namespace, name, uid, capabilities);
    try {
      List<String> ips =
          cni.add(sandbox).get("ips").values().stream()
              .map(ip -> ip.get("address").asString().replaceAll("/.*", ""))
              .toList();
      api.setRunning(namespace, name, ips);
      return new LabPod(sandbox, ips);
    } catch (CniException e) {
      removeSandbox(sandbox);
      throw e;
    }
  }

  /// With its own ones, and as `kubectl apply` leaves them: with JSON and line ends in a value.
  private static Map<String, String> asKubeletPassesThem(Map<String, String> annotations) {
    Map<String, String> all = new HashMap<>(annotations);
    all.put("kubectl.kubernetes.io/last-applied-configuration", "{\"kind\":\"Pod\"}\n");
    all.put("kubernetes.io/config.seen", "2026-01-01T00:00:00.000000000Z");
    all.put("kubernetes.io/config.source", "api");
    return all;
  }

  /// Ends a Pod, whose object stays in the API with its address for a while.
  public void stop(LabPod pod) {
    removeSandbox(pod.sandbox());
  }

  /// Deletes a Pod.
  public void delete(LabPod pod) {
    stop(pod);
    api.deletePod(pod.namespace(), pod.name());
  }

  /// The Pod and its netns vanish without a word to CNI, as when a runtime loses its state.
  public void lose(LabPod pod) {
    pod.netns().delete();
    api.deletePod(pod.namespace(), pod.name());
  }

  /// DEL, and three more when the netns is gone already: so often does kubelet 1.20 with containerd
  /// call it for one Pod.
  private void removeSandbox(CniRuntime.Sandbox sandbox) {
    cni.delete(sandbox, sandbox.netns().path().toString());
    sandbox.netns().delete();
    for (int again = 0; again < 3; again++) {
      cni.delete(sandbox, "");
    }
  }
}
