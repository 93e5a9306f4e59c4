package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.podstamp.identity.PodEvents;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@EnableKubernetesMockClient(crud = true)
@SuppressWarnings("NullAway.Init")
class KubernetesEventsTest {
  private static final PodRef WEB = new PodRef("shop", "web", "uid-web");
  private static final PodRef OTHER = new PodRef("shop", "other", "uid-other");

  private KubernetesClient client;
  private Instant now = Instant.parse("2026-01-01T12:00:00Z");

  @Test
  void tell_theSameAgain_isOneEventWithACount() {
    KubernetesEvents events = new KubernetesEvents(client, "n1", () -> now);

    events.tell(WEB, PodEvents.Kind.REPAIRED, "first");
    now = now.plusSeconds(60);
    events.tell(WEB, PodEvents.Kind.REPAIRED, "second");
    events.tell(OTHER, PodEvents.Kind.CAPTURE_FAILED, "x".repeat(2_000));

    assertThat(ofPod("web")).hasSize(1);
    assertThat(ofPod("web").getFirst().getCount()).isEqualTo(1);

    now = now.plusSeconds(300);
    events.tell(WEB, PodEvents.Kind.REPAIRED, "third");

    Event event = ofPod("web").getFirst();
    assertThat(ofPod("web")).hasSize(1);
    assertThat(event.getCount()).isEqualTo(3);
    assertThat(event.getMessage()).isEqualTo("third");
    assertThat(event.getReason()).isEqualTo("PodstampRepaired");
    assertThat(event.getType()).isEqualTo("Warning");
    assertThat(event.getInvolvedObject().getUid()).isEqualTo("uid-web");
    assertThat(event.getFirstTimestamp()).isEqualTo("2026-01-01T12:00:00Z");
    assertThat(event.getLastTimestamp()).isEqualTo("2026-01-01T12:06:00Z");
    assertThat(ofPod("other").getFirst().getMessage()).hasSize(1_024);
  }

  @Test
  void tell_anEventThatIsForgotten_isMadeAnew() {
    KubernetesEvents events = new KubernetesEvents(client, "n1", () -> now);
    events.tell(WEB, PodEvents.Kind.REPAIRED, "first");
    client.v1().events().inNamespace("shop").delete();

    now = now.plusSeconds(301);
    events.tell(WEB, PodEvents.Kind.REPAIRED, "second");

    assertThat(ofPod("web")).extracting(Event::getMessage).containsExactly("second");
  }

  @Test
  void rightsMissing_isSaidOnce() throws IOException {
    Logger log = (Logger) LoggerFactory.getLogger(KubernetesEvents.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.setAdditive(false);
    log.addAppender(said);
    try (FakeApi api = new FakeApi();
        KubernetesClient refused = api.client()) {
      api.status = 403;
      api.up();
      KubernetesEvents events = new KubernetesEvents(refused, "n1", () -> now);
      events.tell(WEB, PodEvents.Kind.REPAIRED, "first");
      events.tell(OTHER, PodEvents.Kind.REPAIRED, "first");
      now = now.plusSeconds(301);
      events.tell(WEB, PodEvents.Kind.REPAIRED, "second");

      assertThat(api.requests).hasSize(3);
      assertThat(said.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .hasSize(1)
          .first()
          .asString()
          .contains("events are not written (the rights are missing");
    } finally {
      log.detachAppender(said);
      log.setAdditive(true);
    }
  }

  private List<Event> ofPod(String name) {
    return client.v1().events().inNamespace("shop").list().getItems().stream()
        .filter(event -> event.getInvolvedObject().getName().equals(name))
        .toList();
  }
}
