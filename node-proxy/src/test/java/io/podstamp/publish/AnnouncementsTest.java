package io.podstamp.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.capture.TestAgent;
import io.podstamp.config.Annotations;
import io.podstamp.config.Config;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.PodRecord;
import io.podstamp.metrics.PodMeter;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Refusals;
import io.podstamp.netns.Hold;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final PodStatus.Repairs NEVER = PodStatus.Repairs.NONE;

  private final List<PodStatus> pods = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final TestAgent.KnownNamespaces directory = new TestAgent.KnownNamespaces();
  private boolean apiAway;
  private @Nullable String configProblem;
  private Refusals refusals = Refusals.NONE;
  private final Announcements announcements =
      new Announcements(
          () -> List.copyOf(pods),
          directory,
          () -> configProblem,
          new PodRef("podstamp", "agent", "u-agent"),
          this::write,
          (pod, kind, message) -> said.add(pod + " " + kind + " " + message));

  @Test
  void status_isWrittenWhenItChanges_andNotBefore() {
    is(PodState.CAPTURED, "fine", Map.of(), NEVER);
    look(0);
    look(60);
    assertThat(said).containsExactly("shop/web captured: fine, since 2026-01-01T12:00:00Z");

    said.clear();
    is(PodState.OFF, "switched off", Map.of(), NEVER);
    look(120);
    assertThat(said).containsExactly("shop/web off: switched off, since 2026-01-01T12:02:00Z");
  }

  @Test
  void statusThatChangesFast_isWrittenWhenItIsDue() {
    is(PodState.CAPTURED, "one", Map.of(), NEVER);
    look(0);
    is(PodState.CAPTURED, "two", Map.of(), NEVER);
    look(2);
    is(PodState.CAPTURED, "three", Map.of(), NEVER);
    look(4);
    look(11);

    assertThat(said)
        .containsExactly(
            "shop/web captured: one, since 2026-01-01T12:00:00Z",
            "shop/web captured: three, since 2026-01-01T12:00:11Z");
  }

  @Test
  void whatIsWrong_isAnEventOnceATime() {
    is(PodState.FAILED, "no nft", Map.of("podstamp.io/ports", "x"), NEVER);
    look(0);
    look(2);
    is(PodState.CAPTURED, "fine", Map.of(), new PodStatus.Repairs(1, "rules gone"));
    look(4);
    look(6);

    assertThat(said.stream().filter(line -> !line.contains("since")))
        .containsExactly(
            "shop/web ANNOTATION_INVALID Pod: podstamp.io/ports[0]: 'x' (expected: a port, 1 to 65535)",
            "shop/web CAPTURE_FAILED no nft",
            "shop/web REPAIRED put back: rules gone");
  }

  @Test
  void refusals_andAConfigThatIsNotInForce_areEvents() {
    refusals =
        new Refusals(
            Map.of(Reason.ODD_HEAD, 2L), 1, 3, new Refusals.Last(NOON, "192.0.2.1:80", "odd_head"));
    is(PodState.CAPTURED, "fine", Map.of(), NEVER);
    configProblem = "f.yaml: nonsense";
    look(0);
    look(2);
    configProblem = null;
    look(4);

    assertThat(said.stream().filter(line -> !line.contains("since")))
        .containsExactly(
            "shop/web REQUESTS_REFUSED 3 refused so far, the last one at 2026-01-01T12:00:00Z to 192.0.2.1:80:"
                + " odd_head; podstamp explain tells why",
            "podstamp/agent CONFIG_INVALID f.yaml: nonsense");
  }

  @Test
  void podsOfAFullNode_areWrittenInTurn() {
    for (int i = 0; i < 25; i++) {
      pods.add(status("web-" + i, PodState.CAPTURED, "fine", Map.of(), NEVER));
    }
    look(0);
    assertThat(said).hasSize(10);
    look(2);
    look(4);
    look(6);
    assertThat(said).hasSize(25);
  }

  @Test
  void statusOfAPodThatNobodyHasInHand_isTakenAway() {
    is(PodState.CAPTURED, "fine", Map.of(), NEVER);
    directory.pods.add(known("web", Map.of(Annotations.STATUS, "captured: fine, since …")));
    directory.pods.add(known("old", Map.of(Annotations.STATUS, "captured: of an agent before")));
    directory.pods.add(known("never", Map.of()));
    look(0);
    assertThat(said).containsExactly("shop/web captured: fine, since 2026-01-01T12:00:00Z");
    look(10);
    assertThat(said).hasSize(2).last().isEqualTo("shop/old null");

    pods.clear(); // let go
    look(12);
    said.clear();
    look(22);
    assertThat(said).containsExactly("shop/web null", "shop/old null");
  }

  @Test
  void uninstalled_everyStatusOfTheNodeGoes() {
    is(PodState.CAPTURED, "fine", Map.of(), NEVER);
    directory.pods.add(known("web", Map.of(Annotations.STATUS, "captured: fine, since …")));
    directory.pods.add(known("never", Map.of()));

    announcements.withdraw(Duration.ofSeconds(30));
    assertThat(said).containsExactly("shop/web null");
  }

  @Test
  void statusThatCouldNotBeWritten_isWrittenLater() {
    is(PodState.CAPTURED, "fine", Map.of(), NEVER);
    apiAway = true;
    look(0);
    apiAway = false;
    said.clear();
    look(11);
    look(60);
    assertThat(said).containsExactly("shop/web captured: fine, since 2026-01-01T12:00:11Z");
  }

  private boolean write(PodRef pod, @Nullable String status) {
    said.add(pod + " " + status);
    return !apiAway;
  }

  private static PodRecord known(String name, Map<String, String> annotations) {
    return new PodRecord(
        new PodRef("shop", name, "u-" + name),
        List.of(),
        name,
        null,
        Map.of(),
        annotations,
        new PodIdentity.Workload("Pod", name),
        null,
        false,
        false,
        PodRecord.Life.LIVE,
        Instant.MIN,
        null,
        Set.of(),
        List.of());
  }

  private void look(int seconds) {
    announcements.look(NOON.plusSeconds(seconds));
  }

  private void is(
      PodState state, String reason, Map<String, String> annotations, PodStatus.Repairs repairs) {
    pods.clear();
    pods.add(status("web", state, reason, annotations, repairs));
  }

  private PodStatus status(
      String name,
      PodState state,
      String reason,
      Map<String, String> annotations,
      PodStatus.Repairs repairs) {
    return new PodStatus(
        new Attachment(
            "c-" + name,
            "eth0",
            Path.of("/run/netns/x"),
            4,
            new PodRef("shop", name, "u-" + name),
            List.of(),
            annotations),
        PodPolicy.of(Config.DEFAULT, null, annotations, false),
        state,
        reason,
        "",
        NOON,
        Duration.ZERO,
        repairs,
        "",
        Hold.NONE,
        null,
        15901,
        0,
        "",
        new PodMeter.Counts(0, 0, Map.of(), refusals, 0, 0, Map.of(), 0, PodMeter.Tokens.NONE),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }
}
