package io.podstamp.token;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a token says of a Pod, but for its times: two Pods, or one Pod before and after a change,
/// have the same token only where these are equal.
///
/// @param audience the one receiver for which it is
/// @param ip the Pod's primary address, and
/// @param nodeIps its Node's, in both families; for a receiver that compares them with the source
///   of the connection
public record PodClaims(
    String issuer,
    String audience,
    String namespace,
    String pod,
    String uid,
    String serviceAccount,
    String node,
    @Nullable String ip,
    List<String> nodeIps) {
  public PodClaims {
    nodeIps = List.copyOf(nodeIps);
  }

  /// `sub`, as the API server names a ServiceAccount.
  public String subject() {
    return "system:serviceaccount:" + namespace + ":" + serviceAccount;
  }

  /// Whether both speak for the same ServiceAccount's same Pod, by the same issuer to the same
  /// audience. Addresses may differ: who signs may hear of them later.
  public boolean isSameSubject(PodClaims other) {
    return issuer.equals(other.issuer)
        && audience.equals(other.audience)
        && namespace.equals(other.namespace)
        && pod.equals(other.pod)
        && uid.equals(other.uid)
        && serviceAccount.equals(other.serviceAccount);
  }

  /// Reads what [#members] makes.
  static PodClaims of(JsonNode payload) {
    JsonNode kubernetes = payload.path("kubernetes.io");
    JsonNode ip = payload.path("ip");
    return new PodClaims(
        payload.path("iss").asString(""),
        payload.path("aud").asString(""),
        kubernetes.path("namespace").asString(""),
        kubernetes.path("pod").path("name").asString(""),
        kubernetes.path("pod").path("uid").asString(""),
        kubernetes.path("serviceaccount").path("name").asString(""),
        kubernetes.path("node").path("name").asString(""),
        ip.isString() ? ip.asString() : null,
        payload.path("node_ips").valueStream().map(JsonNode::asString).toList());
  }

  /// All claims; those of the Pod are in the shape that the API server's bound tokens have.
  Map<String, Object> members(long issuedAt, long expires, String id) {
    Map<String, Object> kubernetes = new LinkedHashMap<>();
    kubernetes.put("namespace", namespace);
    kubernetes.put("node", Map.of("name", node));
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("name", pod);
    named.put("uid", uid);
    kubernetes.put("pod", named);
    kubernetes.put("serviceaccount", Map.of("name", serviceAccount));
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("iss", issuer);
    members.put("sub", subject());
    members.put("aud", audience);
    members.put("iat", issuedAt);
    members.put("nbf", issuedAt);
    members.put("exp", expires);
    members.put("jti", id);
    if (ip != null) {
      members.put("ip", ip);
    }
    if (!nodeIps.isEmpty()) {
      members.put("node_ips", nodeIps);
    }
    members.put("kubernetes.io", kubernetes);
    return members;
  }
}
