package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class KubernetesStatusWriterTest {
  private static final PodRef WEB = new PodRef("shop", "web", "uid-web");

  @Test
  void write_isOneRequestThatChangesTheOneAnnotation() throws IOException {
    try (FakeApi api = new FakeApi();
        KubernetesClient client = api.client()) {
      api.putUnheard(Pods.running("web", "10.1.0.5"));
      api.up();

      new KubernetesStatusWriter(client).write(WEB, "captured: \"fine\"");

      new KubernetesStatusWriter(client).write(WEB, null);

      assertThat(api.requests)
          .containsExactly("/api/v1/namespaces/shop/pods/web", "/api/v1/namespaces/shop/pods/web");
      assertThat(api.changes)
          .containsExactly(
              "PATCH application/merge-patch+json"
                  + " {\"metadata\":{\"annotations\":{\"podstamp.io/status\":\"captured: \\\"fine\\\"\"}}}",
              "PATCH application/merge-patch+json"
                  + " {\"metadata\":{\"annotations\":{\"podstamp.io/status\":null}}}");
    }
  }

  @Test
  void write_podGoneOrApiAway_throwsNothing() throws IOException {
    try (FakeApi api = new FakeApi();
        KubernetesClient client = api.client()) {
      KubernetesStatusWriter writer = new KubernetesStatusWriter(client);
      assertThat(writer.write(WEB, "captured: fine")).isFalse();
      assertThat(api.requests).isEmpty();

      api.up();
      writer.write(WEB, "captured: fine");
      assertThat(api.changes).hasSize(1);
    }
  }
}
