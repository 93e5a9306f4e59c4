package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Changes an object by one request. fabric8's own `patch` and `edit` ask for the object first,
/// also when the patch needs nothing of it.
final class Patches {
  private static final String MERGE = "application/merge-patch+json";
  private static final String JSON = "application/json-patch+json";
  private static final long LIMIT_SECONDS = 10;

  private Patches() {}

  /// Sends a merge patch (RFC 7396). Blocks, 10 s at most.
  ///
  /// @param path of the object, below the server's root, without a slash before it
  /// @throws KubernetesClientException when it is refused, with the status as code, or not answered
  static void merge(KubernetesClient client, String path, Map<String, ?> change) {
    send(client, path, MERGE, change);
  }

  /// The same with operations, all or none of which are done (RFC 6902).
  static void apply(KubernetesClient client, String path, List<Map<String, Object>> operations) {
    send(client, path, JSON, operations);
  }

  private static void send(KubernetesClient client, String path, String type, Object change) {
    URI uri = URI.create(client.getMasterUrl() + path);
    try {
      HttpResponse<String> answer =
          client
              .getHttpClient()
              .sendAsync(
                  client
                      .getHttpClient()
                      .newHttpRequestBuilder()
                      .uri(uri.toString())
                      .method("PATCH", type, Serialization.asJson(change))
                      .build(),
                  String.class)
              .get(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (answer.code() >= HttpURLConnection.HTTP_MULT_CHOICE) {
        throw new KubernetesClientException(
            uri + ": " + answer.code() + " " + answer.message(), answer.code(), null);
      }
    } catch (TimeoutException e) {
      throw new KubernetesClientException(uri + ": no answer within " + LIMIT_SECONDS + " s", e);
    } catch (ExecutionException e) {
      throw new KubernetesClientException(uri + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KubernetesClientException("interrupted", e);
    }
  }
}
