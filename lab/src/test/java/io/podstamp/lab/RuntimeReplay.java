package io.podstamp.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A container runtime of which nothing but its calls of CNI is there.
final class RuntimeReplay {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String VALID = "cni.dev/valid-attachments";

  private final CallSequence sequence;
  private final CniRuntime cni;
  private final ApiServer api;
  private final List<LabPod> pods = new ArrayList<>();

  RuntimeReplay(CallSequence sequence, CniRuntime cni, ApiServer api) {
    this.sequence = sequence;
    this.cni = cni.speaking(sequence.cniVersion());
    this.api = api;
  }

  LabPod start(String namespace, String name) {
    return start(namespace, name, _ -> {});
  }

  /// Starts a Pod.
  ///
  /// @param before what is done in its netns first
  /// @throws CniException a refusal, for which the runtime gives the sandbox up
  LabPod start(String namespace, String name, Consumer<Netns> before) {
    UUID uid =
        UUID.fromString(api.createPod(Node.NAME, namespace, name, Map.of()).getMetadata().getUid());
    CniRuntime.Sandbox sandbox =
        new CniRuntime.Sandbox(
            id(), Netns.add("cni-" + UUID.randomUUID()), namespace, name, uid, Map.of());
    before.accept(sandbox.netns());
    List<String> ips = new ArrayList<>();
    try {
      for (String call : sequence.at("Pod starts")) {
        switch (call) {
          case "ADD" ->
              cni.add(sandbox)
                  .get("ips")
                  .forEach(ip -> ips.add(ip.get("address").asString().replaceAll("/.*", "")));
          case "CHECK" -> cni.check(sandbox);
          default -> throw unknown(call);
        }
      }
    } catch (CniException e) {
      disconnect(sandbox, "Pod is refused");
      remove(sandbox);
      api.deletePod(namespace, name);
      throw e;
    }
    api.setRunning(namespace, name, ips);
    LabPod pod = new LabPod(sandbox, ips);
    pods.add(pod);
    return pod;
  }

  /// Ends a Pod, up to where its netns is still there.
  void disconnect(LabPod pod) {
    disconnect(pod.sandbox(), "Pod ends");
  }

  /// Ends a disconnected Pod.
  void remove(LabPod pod) {
    pods.remove(pod);
    remove(pod.sandbox());
    api.deletePod(pod.namespace(), pod.name());
  }

  private void disconnect(CniRuntime.Sandbox sandbox, String moment) {
    for (String call : sequence.at(moment)) {
      if (!call.equals("DEL")) {
        throw unknown(call);
      }
      cni.delete(sandbox, sandbox.netns().path().toString());
    }
  }

  private void remove(CniRuntime.Sandbox sandbox) {
    sandbox.netns().delete();
    for (String call : sequence.at("its namespace is gone")) {
      if (!call.equals("DEL")) {
        throw unknown(call);
      }
      cni.delete(sandbox, "");
    }
  }

  /// The runtime starts, finds the Pods that run, is asked how it is, and sees its folders change.
  ///
  /// @throws CniException a refusal: kubelet would make that Pod anew, or report the Node NotReady
  void restart() {
    for (String moment : List.of("runtime starts", "kubelet asks", "folders change")) {
      for (String call : sequence.at(moment)) {
        switch (call) {
          case "VERSION", "STATUS" -> cni.askPodstamp(call, JSON.createObjectNode(), Map.of());
          case "CHECK-EACH" -> pods.forEach(pod -> cni.check(pod.sandbox()));
          case "GC" -> collect();
          case "GC-OF-ANOTHER-NETWORK" ->
              cni.askPodstamp(
                  "GC", JSON.createObjectNode().put("name", "another").putNull(VALID), Map.of());
          default -> throw unknown(call);
        }
      }
    }
  }

  private void collect() {
    ObjectNode more = JSON.createObjectNode();
    ArrayNode valid = more.putArray(VALID);
    for (LabPod pod : pods) {
      valid.addObject().put("containerID", pod.sandbox().containerId()).put("ifname", "eth0");
    }
    cni.askPodstamp("GC", more, Map.of());
  }

  /// A container that is no Pod runs and ends.
  ///
  /// @param process one that lives in the container's netns
  /// @return what ADD answered
  String runContainer(Netns netns, long process) {
    ObjectNode result = JSON.createObjectNode().put("cniVersion", sequence.cniVersion());
    result.putArray("ips");
    Map<String, String> container = new HashMap<>();
    container.put("CNI_CONTAINERID", sequence.fact("id") + id());
    container.put(
        "CNI_NETNS",
        sequence.fact("namespace").isEmpty()
            ? netns.path().toString()
            : "/proc/" + process + "/ns/net");
    container.put("CNI_IFNAME", "eth0");
    container.put("CNI_ARGS", sequence.fact("arguments"));
    ObjectNode connected = JSON.createObjectNode();
    connected.set("prevResult", result);
    String added = "";
    for (String call : sequence.at("container runs")) {
      switch (call) {
        case "VERSION", "STATUS" -> cni.askPodstamp(call, JSON.createObjectNode(), Map.of());
        case "ADD" -> added = cni.askPodstamp(call, connected, container);
        case "CHECK", "DEL" -> cni.askPodstamp(call, connected, container);
        case "DEL-WITHOUT-NAMESPACE" -> {
          container.put("CNI_NETNS", "");
          cni.askPodstamp("DEL", connected, container);
        }
        case "GC-WITHOUT-A-LIST" -> cni.askPodstamp("GC", JSON.createObjectNode(), Map.of());
        default -> throw unknown(call);
      }
    }
    return added;
  }

  private static String id() {
    return (UUID.randomUUID() + "" + UUID.randomUUID()).replace("-", "");
  }

  private IllegalStateException unknown(String call) {
    return new IllegalStateException(sequence + ": " + call + " is not known here");
  }
}
