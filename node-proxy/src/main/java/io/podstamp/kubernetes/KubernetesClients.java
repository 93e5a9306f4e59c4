package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;

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
    return of(config);
  }

  static KubernetesClient of(Config config) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new VirtualThreads())
        .withTaskExecutor(Thread::startVirtualThread)
        .build();
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
      throw new IllegalArgumentException(
          "kubeconfig: " + file + " (expected: a kubeconfig): " + e.getMessage(), e);
    }
  }

  private static final class VirtualThreads extends JdkHttpClientFactory {
    @Override
    protected void additionalConfig(HttpClient.Builder builder) {
      builder.executor(Thread::startVirtualThread);
    }
  }
}
