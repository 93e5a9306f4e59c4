package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Pods come and go, and the Node is afterwards what it was before. How many is the system property
/// `podstamp.cycles`; `scripts/soak.sh` has 2 000 of them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class ChurnTest {
  private static final int CYCLES = Integer.getInteger("podstamp.cycles", 50);
  private static final int WARM_UP = 20;
  private static final int TELL_EVERY = 100;
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;

  /// What stays of a Pod for a while by intent would show as a slope; this is the noise of a heap.
  private static final long HEAP_NOISE = 2 << 20;

  /// Carriers of virtual threads and reapers of processes come and go; one a Pod would be a leak.
  private static final int MOVING_THREADS = 10;

  private Lab lab;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    lab.runPod("shop", "resident");
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void podsComeAndGo_agentAndNodeAreAsBefore() {
    comeAndGo(WARM_UP);
    lab.agent().openPollers();
    Map<String, Long> descriptors = lab.agent().facts().descriptorKinds();
    int threads = lab.agent().facts().threadNetns().size();
    long heap = lab.agent().facts().liveHeapBytes();
    long rss = lab.agent().facts().rssBytes();
    String node = node();

    comeAndGo(CYCLES);

    await()
        .atMost(AgentProcess.CONNECTIONS_IDLE)
        .untilAsserted(() -> assertThat(lab.agent().facts().beyond(descriptors)).isEmpty());
    assertThat(node()).isEqualTo(node);
    assertThat(lab.agent().facts().threadNetns())
        .isNotEmpty()
        .containsOnly(ProcessFacts.homeNetns())
        .hasSizeLessThanOrEqualTo(threads + MOVING_THREADS);
    // What a busy machine has not done yet is held for a moment; what leaks stays.
    long heapAfter =
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofSeconds(2))
            .pollDelay(Duration.ZERO)
            .until(() -> lab.agent().facts().liveHeapBytes(), after -> after - heap < HEAP_NOISE);
    System.out.printf(
        "%d Pods: live heap %d → %d KiB, RSS %d → %d KiB, threads %d → %d%n",
        CYCLES,
        heap >> 10,
        heapAfter >> 10,
        rss >> 10,
        lab.agent().facts().rssBytes() >> 10,
        threads,
        lab.agent().facts().threadNetns().size());
    assertThat(lab.agent().logText()).doesNotContain(" ERROR ");
  }

  private void comeAndGo(int pods) {
    for (int i = 0; i < pods; i++) {
      if (i > 0 && i % TELL_EVERY == 0) {
        System.out.printf(
            "after %d of %d Pods: %d descriptors, %d threads, live heap %d KiB, RSS %d KiB%n",
            i,
            pods,
            lab.agent().facts().descriptors().size(),
            lab.agent().facts().threadNetns().size(),
            lab.agent().facts().liveHeapBytes() >> 10,
            lab.agent().facts().rssBytes() >> 10);
      }
      LabPod pod = lab.runPod("shop", "guest-" + i);
      assertThat(pod.curl(ECHO + "/")).contains("X-Client-Hostname: guest-" + i + "\r\n");
      lab.deletePod(pod);
    }
  }

  /// What a Pod could leave on the Node.
  private static String node() {
    try (Stream<Path> stored = Files.list(AgentProcess.STATE.resolve("attachments"))) {
      return String.join(
          "\n",
          Run.ok("ip", "netns", "list").replaceAll(" \\(id: \\d+\\)", ""),
          Run.ok("nft", "--stateless", "list", "ruleset"),
          Run.ok("lsns", "-t", "net", "-n", "-o", "NS"),
          stored.toList().toString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
