package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Secret with a signer's keys and the ConfigMap with what the world may know, both of one
/// name. They are there already: a right to create could not be limited to them.
///
/// @param client stays the caller's
public record SignerObjects(KubernetesClient client, String namespace, String name) {
  /// What is in one of them.
  ///
  /// @param version that a change has to be based on
  public record Stored(String version, Map<String, String> data) {
    public Stored {
      data = Map.copyOf(data);
    }
  }

  private interface Request<T> {
    @Nullable T send();
  }

  /// What is in the Secret.
  public Stored secret() throws IOException {
    Secret secret =
        sent("Secret", () -> client.secrets().inNamespace(namespace).withName(name).get());
    Map<String, String> data = new HashMap<>();
    if (secret.getData() != null) {
      secret
          .getData()
          .forEach(
              (key, value) ->
                  data.put(
                      key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
    }
    return new Stored(secret.getMetadata().getResourceVersion(), data);
  }

  /// Writes one key of the Secret, unless it has changed since.
  public void writeSecret(Stored before, String key, String value) throws IOException {
    String base64 = Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    write("Secret", "secrets", before, Map.of(key, base64));
  }

  /// What is in the ConfigMap.
  public Stored configMap() throws IOException {
    ConfigMap map =
        sent("ConfigMap", () -> client.configMaps().inNamespace(namespace).withName(name).get());
    return new Stored(
        map.getMetadata().getResourceVersion(), map.getData() == null ? Map.of() : map.getData());
  }

  /// Writes keys of the ConfigMap, unless it has changed since.
  public void writeConfigMap(Stored before, Map<String, String> data) throws IOException {
    write("ConfigMap", "configmaps", before, data);
  }

  /// Labels and everything else of the object stay; a version that is not the newest is a conflict.
  private void write(String kind, String resource, Stored before, Map<String, String> data)
      throws IOException {
    Map<String, Object> change =
        Map.of("metadata", Map.of("resourceVersion", before.version()), "data", data);
    sent(
        kind,
        () -> {
          Patches.merge(
              client, "api/v1/namespaces/%s/%s/%s".formatted(namespace, resource, name), change);
          return change;
        });
  }

  private <T> T sent(String kind, Request<T> request) throws IOException {
    String what = "%s %s/%s: ".formatted(kind, namespace, name);
    try {
      T answer = request.send();
      if (answer == null) {
        throw new IOException(what + "it is not there (expected: as the overlay signer makes it)");
      }
      return answer;
    } catch (KubernetesClientException e) {
      throw new IOException(what + e.getMessage(), e);
    }
  }
}
