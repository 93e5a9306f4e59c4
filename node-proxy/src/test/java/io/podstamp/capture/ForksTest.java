package io.podstamp.capture;

import static io.podstamp.capture.TestAgent.ENABLED;
import static io.podstamp.capture.TestAgent.attachment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.netns.TestNetns;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Pods come and go without a process: none can hang, or take the Node's CPU.
@Timeout(120)
class ForksTest {
  private static final int PODS = 50;

  @TempDir private Path folder;

  @Test
  void podsComeAndGo_noProcessIsStarted() throws IOException {
    List<TestNetns> pods = new ArrayList<>();
    try (TestAgent agent = new TestAgent(folder.resolve("state"));
        Recording recording = new Recording()) {
      agent.namespaces.annotations.put("shop", ENABLED);
      agent.namespaces.annotations.put("quiet", Map.of("podstamp.io/enabled", "shadow"));
      for (int i = 0; i < 2 * PODS; i++) {
        pods.add(new TestNetns());
      }
      recording.enable("jdk.ProcessStart").withoutStackTrace();
      recording.start();
      for (int i = 0; i < PODS; i++) {
        agent.reconciler.attach(attachment("shop", "web-" + i, pods.get(i)));
        agent.reconciler.attach(attachment("quiet", "batch-" + i, pods.get(PODS + i)));
      }
      for (PodOwner owner : agent.reconciler.owners().toList()) {
        owner.verify().join();
      }
      agent.namespaces.annotations.put("shop", Map.of());
      agent.namespaces.annotations.put("quiet", Map.of());
      agent.reconciler.reconcile(everyone -> true);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  agent.reconciler.status().stream().allMatch(pod -> pod.state() == PodState.OFF));
      // That processes are seen at all.
      assertThat(pods.getFirst().exec("nft", "list", "ruleset")).isEmpty();
      recording.stop();
      Path events = folder.resolve("events.jfr");
      recording.dump(events);
      assertThat(RecordingFile.readAllEvents(events).stream().map(ForksTest::command))
          .singleElement()
          .asString()
          .endsWith("nft list ruleset");
    } finally {
      for (TestNetns pod : pods) {
        pod.close();
      }
    }
  }

  private static String command(RecordedEvent event) {
    return event.getString("command");
  }
}
