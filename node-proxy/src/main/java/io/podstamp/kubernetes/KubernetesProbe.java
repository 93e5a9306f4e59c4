package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Asks the API server for things without caring what it says: only whether it may be asked, and
/// what time it is there.
///
/// @param client stays the caller's
public record KubernetesProbe(KubernetesClient client) {
  private static final int LIMIT_SECONDS = 5;

  /// An answer.
  ///
  /// @param date as it came (RFC 9110, section 6.6.1); null if it did not
  public record Answer(int status, @Nullable String date) {}

  /// Where it is.
  public String address() {
    return client.getMasterUrl().toString();
  }

  /// One GET.
  ///
  /// @param path below the server's root, without a slash before it
  /// @throws IOException with one sentence when there is no answer within 5 s
  public Answer get(String path) throws IOException {
    URI uri = URI.create(client.getMasterUrl() + path);
    try {
      HttpResponse<String> answer =
          client
              .getHttpClient()
              .sendAsync(
                  client.getHttpClient().newHttpRequestBuilder().uri(uri.toString()).build(),
                  String.class)
              .get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return new Answer(answer.code(), answer.header("Date"));
    } catch (TimeoutException e) {
      throw new IOException(uri + ": no answer within " + LIMIT_SECONDS + " s", e);
    } catch (ExecutionException e) {
      throw new IOException(uri + ": " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
