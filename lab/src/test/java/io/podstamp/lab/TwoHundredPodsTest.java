package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// As many Pods as a large Node has.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class TwoHundredPodsTest {
  private static final int PODS = 200;
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;
  private static final Duration VERIFIED_AND_MORE = Duration.ofSeconds(60);

  private Lab lab;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  /// Their deletion by CNI would take minutes; that their namespaces vanish underneath is a story
  /// that has to be told anyway.
  @Test
  void namespaceAnnotated_allAreCaptured_namespacesVanishUnderneath_nothingIsLeft()
      throws Exception {
    lab.api().createNamespace("warm-up");
    lab.api().annotateNamespace("warm-up", "podstamp.io/enabled", "true");
    LabPod first = lab.runPod("warm-up", "first");
    assertThat(first.curl(ECHO + "/first")).contains("X-Client-Hostname: first");
    lab.deletePod(first);
    lab.api().createNamespace("fleet");
    lab.agent().openPollers();
    Map<String, Long> before = lab.agent().facts().descriptorKinds();
    List<LabPod> fleet =
        inParallel(
            IntStream.range(0, PODS)
                .<Callable<LabPod>>mapToObj(i -> () -> lab.runPod("fleet", "pod-" + i))
                .toList());

    long beganNanos = System.nanoTime();
    lab.api().annotateNamespace("fleet", "podstamp.io/enabled", "true");
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> captured() == PODS);
    System.out.printf(
        "%d Pods captured in %d ms%n", PODS, (System.nanoTime() - beganNanos) / 1_000_000);

    List<String> heads =
        inParallel(
            fleet.stream().<Callable<String>>map(pod -> () -> pod.curl(ECHO + "/fleet")).toList());
    for (int i = 0; i < PODS; i++) {
      assertThat(heads.get(i)).contains("X-Client-Hostname: " + fleet.get(i).name() + "\r\n");
    }

    int linesBefore = lab.agent().logText().lines().toList().size();
    fleet.forEach(lab::losePod);
    await().atMost(VERIFIED_AND_MORE).until(() -> lab.agent().statuses().isEmpty());
    await()
        .atMost(AgentProcess.CONNECTIONS_IDLE)
        .untilAsserted(() -> assertThat(lab.agent().facts().beyond(before)).isEmpty());
    List<String> lines = lab.agent().logText().lines().skip(linesBefore).toList();
    assertThat(lines.size()).as(String.join("\n", lines)).isLessThanOrEqualTo(4 * PODS);
    assertThat(lines)
        .as("a time and a fact each, no stack trace")
        .allMatch(line -> line.matches("\\d{4}-\\d{2}-\\d{2}T\\S+ (INFO|WARN) .*"));
  }

  private long captured() {
    return lab.agent().statuses().stream()
        .filter(status -> status.get("state").asString().equals("captured"))
        .count();
  }

  private static <T> List<T> inParallel(List<Callable<T>> work) throws Exception {
    try (ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<T> results = new java.util.ArrayList<>();
      for (Future<T> result : threads.invokeAll(work)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
