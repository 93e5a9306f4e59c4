package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.Lookup.Answer;
import io.podstamp.identity.Lookup.Found;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesLookupTest {
  private static final PodRef WEB = new PodRef("shop", "web", "uid-web");

  private FakeApi api;
  private KubernetesClient client;
  private Lookup lookup;

  @BeforeEach
  void setUp() throws IOException {
    api = new FakeApi();
    client = api.client();
    lookup = new KubernetesLookup(client);
  }

  @AfterEach
  void tearDown() {
    client.close();
    api.close();
  }

  @Test
  void find_bothThere_areKnownAndAskedForOnce() throws IOException {
    api.putUnheard(Pods.running("web", "10.1.0.5"));
    api.putUnheard(Pods.namespace("shop", Map.of("k", "v")));
    api.up();
    PodRecord record = KubernetesPods.record(Pods.running("web", "10.1.0.5"));
    for (int i = 0; i < 3; i++) {
      assertThat(lookup.find(WEB))
          .isEqualTo(
              new Answer(
                  new Found.Known<>(record),
                  new Found.Known<>(new NamespaceRecord("uid-shop", Map.of("k", "v")))));
    }
    assertThat(api.requests)
        .containsExactlyInAnyOrder("/api/v1/namespaces/shop/pods/web", "/api/v1/namespaces/shop");
  }

  @Test
  void find_neitherThere_areAbsentAndAskedForOnce() throws IOException {
    api.up();
    for (int i = 0; i < 3; i++) {
      assertThat(lookup.find(WEB))
          .isEqualTo(new Answer(new Found.Absent<>(), new Found.Absent<>()));
    }
    assertThat(api.requests).hasSize(2);
  }

  @Test
  void find_anotherPodOfThatName_isAbsent() throws IOException {
    api.putUnheard(Pods.withUid(Pods.running("web", "10.1.0.5"), "uid-other"));
    api.up();
    assertThat(lookup.find(WEB).pod()).isEqualTo(new Found.Absent<>());
    assertThat(lookup.find(new PodRef("shop", "web", "")).pod()).isInstanceOf(Found.Known.class);
  }

  @Test
  void find_mirrorOfTheStaticPod_isKnown() throws IOException {
    Pod mirror =
        new PodBuilder(Pods.running("web", "10.1.0.5"))
            .editMetadata()
            .withAnnotations(Map.of("kubernetes.io/config.mirror", "0a1b2c"))
            .endMetadata()
            .build();
    api.putUnheard(mirror);
    api.up();
    assertThat(lookup.find(new PodRef("shop", "web", "0a1b2c")).pod())
        .isEqualTo(new Found.Known<>(KubernetesPods.record(mirror)));
    assertThat(lookup.find(new PodRef("shop", "web", "other")).pod())
        .isEqualTo(new Found.Absent<>());
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 429, 500, 503})
  void find_apiAnswersWithAnError_isUnknown(int status) throws IOException {
    api.status = status;
    api.up();
    assertThat(lookup.find(WEB).pod()).isInstanceOf(Found.Unknown.class);
    assertThat(lookup.find(WEB).namespace()).isInstanceOf(Found.Unknown.class);
  }

  @Test
  void find_apiAway_isUnknown() {
    Answer answer = lookup.find(WEB);
    assertThat(answer.pod()).isInstanceOf(Found.Unknown.class);
    assertThat(answer.namespace()).isInstanceOf(Found.Unknown.class);
  }

  @Test
  void find_apiHangs_isUnknownWithinASecond() throws IOException {
    api.gate = new CountDownLatch(1);
    api.up();
    long startNanos = System.nanoTime();
    Answer answer = lookup.find(WEB);
    assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
        .isBetween(Duration.ofMillis(900), Duration.ofMillis(2_000));
    assertThat(answer.pod())
        .isEqualTo(new Found.Unknown<>("no answer from the API server within 1 s"));
    assertThat(answer.namespace()).isInstanceOf(Found.Unknown.class);
  }

  @Test
  void find_interrupted_isUnknownAndStaysInterrupted() throws IOException {
    api.gate = new CountDownLatch(1);
    api.up();
    Thread.currentThread().interrupt();
    assertThat(lookup.find(WEB).pod()).isEqualTo(new Found.Unknown<>("interrupted"));
    assertThat(Thread.interrupted()).isTrue();
  }
}
