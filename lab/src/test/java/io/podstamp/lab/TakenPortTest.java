package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Another program of the Node has the agent's admin port.
@Timeout(300)
class TakenPortTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;

  @Test
  void adminPortTaken_podsAreCapturedAndThePortIsServedOnceItIsFree() {
    try (Lab lab = Lab.withPodstamp(Path.of("../target/podstamp"))) {
      lab.api().createNamespace("shop");
      lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
      LabPod pod = lab.runPod("shop", "web");
      await().atMost(LIMIT).until(() -> pod.curl(ECHO + "/x").contains("X-Client-Hostname: web"));

      lab.agent().kill();
      try (Daemon other =
          Daemon.start(
              "other",
              List.of("python3", "-m", "http.server", "15911", "--bind", "127.0.0.1"),
              Lab.FOLDER.resolve("other.log"))) {
        other.await(() -> Run.of(List.of("curl", "-s", "http://127.0.0.1:15911/")).isOk());
        lab.agent().restartUnwatched();

        // Until it has captured the Pod again, connections meet the dead agent's rules.
        await()
            .atMost(LIMIT)
            .ignoreExceptions()
            .until(() -> pod.curl(ECHO + "/taken").contains("X-Client-Hostname: web"));
        LabPod young = lab.runPod("shop", "young");
        assertThat(young.curl(ECHO + "/new")).contains("X-Client-Hostname: young");
        assertThat(lab.agent().metric("podstamp_port_bound{port=\"admin\"}")).isZero();
        assertThat(lab.agent().metric("podstamp_port_bound{port=\"metrics\"}")).isOne();
        assertThat(lab.agent().logText())
            .contains("admin: 127.0.0.1:15911 cannot be bound (maybe it is taken)");
        lab.deletePod(young);
      }

      await().atMost(LIMIT).until(lab.agent()::isReady);
      assertThat(lab.agent().metric("podstamp_port_bound{port=\"admin\"}")).isOne();
      assertThat(pod.curl(ECHO + "/free")).contains("X-Client-Hostname: web");
    }
  }
}
