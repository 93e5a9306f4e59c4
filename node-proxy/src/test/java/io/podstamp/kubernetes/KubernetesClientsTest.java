package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubernetesClientsTest {
  @TempDir Path dir;

  @Test
  void open_kubeconfig_isRead() throws Exception {
    Path file =
        Files.writeString(
            dir.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """);
    try (KubernetesClient client = KubernetesClients.open(file.toString())) {
      assertThat(client.getMasterUrl()).hasToString("http://127.0.0.1:1/");
      assertThat(client.getConfiguration().getRequestTimeout()).isEqualTo(10_000);
      assertThat(client.getConfiguration().getConnectionTimeout()).isEqualTo(3_000);
      assertThat(client.getHttpClient().getClass().getName()).contains("JdkHttpClient");
    }
  }

  @Test
  void open_noSuchFile_isOneSentence() {
    assertThatThrownBy(() -> KubernetesClients.open(dir.resolve("none").toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("none (expected: a readable kubeconfig, or in-cluster)");
  }

  @Test
  void open_noKubeconfig_isOneSentenceThatQuotesNothingOfTheFile() throws Exception {
    for (String content :
        List.of(
            "{ MIIEvAIB", "-----BEGIN PRIVATE KEY-----\nMIIEvAIB\n-----END PRIVATE KEY-----\n")) {
      Path file = Files.writeString(dir.resolve("kubeconfig"), content);
      assertThatThrownBy(() -> KubernetesClients.open(file.toString()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("kubeconfig: " + file + " (expected: a kubeconfig, in YAML or JSON)")
          .hasNoCause();
    }
  }

  @Test
  void open_inClusterOutsideOfOne_isOneSentence() {
    assertThatThrownBy(() -> KubernetesClients.open(KubernetesClients.IN_CLUSTER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("kubeconfig: in-cluster (expected: to run in a Pod");
  }
}
