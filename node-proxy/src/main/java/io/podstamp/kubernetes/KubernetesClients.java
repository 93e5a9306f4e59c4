package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Makes the client: the JDK's HTTP client, virtual threads, and time limits that suit a daemon
/// which outlives its API server.
public final class KubernetesClients {
  /// The word for the service account that Kubernetes mounts into a Pod.
  public static final String IN_CLUSTER = "in-cluster";

  private static final int CONNECT_TIMEOUT_MILLIS = 3_000;
  private static final int REQUEST_TIMEOUT_MILLIS = 10_000;

  /// One retry: the informers have their own, and a CNI ADD does not wait for more.
  private static final int RETRIES = 1;

  /// Doubled with each failure, five times at most: the longest pause is 16 s.
  private static final int RECONNECT_MILLIS = 500;

  private KubernetesClients() {}

  /// Makes a client; nothing is sent yet.
  ///
  /// @param where [#IN_CLUSTER], or the path of a kubeconfig
  /// @throws IllegalArgumentException with one sentence when there is no usable configuration
  public static KubernetesClient open(String where) {
    Config config = where.equals(IN_CLUSTER) ? inCluster() : fromFile(Path.of(where));
    config.setConnectionTimeout(CONNECT_TIMEOUT_MILLIS);
    config.setRequestTimeout(REQUEST_TIMEOUT_MILLIS);
    config.setRequestRetryBackoffLimit(RETRIES);
    config.setWatchReconnectInterval(RECONNECT_MILLIS);
    // A WebSocket waits for the server's answer before it ends: 120 s, if the server is gone.
    config.setOnlyHttpWatches(true);
    return of(config);
  }

  static KubernetesClient of(Config config) {
    return builder(config, new VirtualThreads()).build();
  }

  /// A client for informers, with connections of its own, one for each watch: on one connection for
  /// all, as HTTP/2 has it, a watch that is opened again would meet the same dead peer. What the
  /// server answers with success is told by its path.
  static KubernetesClient forInformers(Config config, Consumer<String> answered) {
    return builder(config, new OneConnectionEach())
        .withHttpClientBuilderConsumer(
            builder ->
                builder.addOrReplaceInterceptor(
                    "podstamp-answered",
                    new Interceptor() {
                      @Override
                      public void after(
                          HttpRequest request,
                          HttpResponse<?> response,
                          AsyncBody.Consumer<List<ByteBuffer>> consumer) {
                        if (response.isSuccessful()) {
                          answered.accept(request.uri().getPath());
                        }
                      }
                    }))
        .build();
  }

  private static KubernetesClientBuilder builder(Config config, JdkHttpClientFactory http) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(http)
        .withTaskExecutor(Thread::startVirtualThread);
  }

  private static Config inCluster() {
    if (!Files.isReadable(Path.of(Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH))) {
      throw new IllegalArgumentException(
          "kubeconfig: in-cluster (expected: to run in a Pod whose service account token is mounted"
              + " at "
              + Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH
              + "; else give the path of a kubeconfig)");
    }
    return Config.autoConfigure(null);
  }

  private static Config fromFile(Path file) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          "kubeconfig: " + file + " (expected: a readable kubeconfig, or in-cluster)");
    }
    try {
      return Config.fromKubeconfig(file.toFile());
    } catch (KubernetesClientException | IllegalArgumentException e) {
      // Without the parser's words and without the cause: they quote the file, which may be a key.
      throw new IllegalArgumentException(
          "kubeconfig: " + file + " (expected: a kubeconfig, in YAML or JSON)");
    }
  }

  private static class VirtualThreads extends JdkHttpClientFactory {
    @Override
    protected void additionalConfig(HttpClient.Builder builder) {
      builder.executor(Thread::startVirtualThread);
    }
  }

  private static final class OneConnectionEach extends VirtualThreads {
    @Override
    protected void additionalConfig(HttpClient.Builder builder) {
      super.additionalConfig(builder);
      builder.version(HttpClient.Version.HTTP_1_1);
    }
  }
}
