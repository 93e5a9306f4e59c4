package io.podstamp.cniserver;

import io.podstamp.cni.RawJson;
import io.podstamp.pod.Attachment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the agent reads out of a network configuration's parts. The shapes are those of CNI spec
/// 1.1.0, section 5 (results) and of containerd's annotations capability; what does not fit is left
/// out.
final class CniDocuments {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String POD_ANNOTATIONS = "io.kubernetes.cri.pod-annotations";

  private CniDocuments() {}

  /// The addresses in a result: `{"ips": [{"address": "10.244.1.2/24"}]}`.
  static List<InetAddress> ips(@Nullable RawJson result) {
    List<InetAddress> ips = new ArrayList<>();
    if (result != null) {
      for (JsonNode ip : JSON.readTree(result.bytes()).path("ips")) {
        String address = ip.path("address").asString("");
        int slash = address.indexOf('/');
        try {
          ips.add(InetAddress.ofLiteral(slash < 0 ? address : address.substring(0, slash)));
        } catch (IllegalArgumentException notAnAddress) {
          // A plugin before us made it; the rest of the result may still serve.
        }
      }
    }
    return ips;
  }

  /// The Pod's annotations, when the runtime passes them.
  static Map<String, String> podAnnotations(@Nullable RawJson runtimeConfig) {
    Map<String, String> annotations = new TreeMap<>();
    if (runtimeConfig != null) {
      JSON.readTree(runtimeConfig.bytes())
          .path(POD_ANNOTATIONS)
          .properties()
          .forEach(
              entry -> {
                if (entry.getValue().isString()) {
                  annotations.put(entry.getKey(), entry.getValue().asString());
                }
              });
    }
    return annotations;
  }

  /// GC's list: `[{"containerID": "…", "ifname": "eth0"}]`, as attachment ids.
  static Set<String> attachmentIds(RawJson attachments) {
    Set<String> ids = new HashSet<>();
    for (JsonNode attachment : JSON.readTree(attachments.bytes())) {
      ids.add(
          Attachment.id(
              attachment.path("containerID").asString(""), attachment.path("ifname").asString("")));
    }
    return ids;
  }
}
