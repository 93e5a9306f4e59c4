package io.podstamp.lab.bench;

import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Wait;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// ENABLE: how long it takes until 200 Pods are captured whose Namespace is annotated, and until
/// they are let go again.
final class EnableBench implements Workload {
  private static final int PODS = 200;
  private static final String NAMESPACE = "enabled-at-once";
  private static final String ENABLED = "podstamp.io/enabled";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "ENABLE";
  }

  @Override
  public String title() {
    return PODS + " Pods are enabled at once, and disabled";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    lab.api().createNamespace(NAMESPACE);
    List<LabPod> pods =
        Parallel.all(
            2 * Runtime.getRuntime().availableProcessors(),
            IntStream.range(0, PODS)
                .<Callable<LabPod>>mapToObj(i -> () -> lab.runPod(NAMESPACE, "pod-" + i))
                .toList());
    try {
      for (int round = 1; round <= effort.rounds(); round++) {
        samples.accept(change("captured", "true", "captured", lab, round));
        samples.accept(change("let go", "false", "off", lab, round));
      }
    } finally {
      pods.forEach(lab::losePod);
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  private Sample change(String what, String value, String state, Lab lab, int round) {
    long cpuBefore = lab.agent().facts().cpuTicks();
    long beganNanos = System.nanoTime();
    lab.api().annotateNamespace(NAMESPACE, ENABLED, value);
    if (!Wait.until(PATIENCE, () -> count(lab, state) == PODS)) {
      throw new IllegalStateException("all Pods " + what + ": not after " + PATIENCE);
    }
    double millis = (System.nanoTime() - beganNanos) / 1e6;
    double cpuSeconds = (lab.agent().facts().cpuTicks() - cpuBefore) / 100.0;
    System.out.printf("%-10s %6.0f ms, %5.2f s CPU of the agent%n", what, millis, cpuSeconds);
    return new Sample(
        name(), what, round, Map.of(Figure.MILLIS, millis, Figure.CPU_SECONDS, cpuSeconds));
  }

  private static long count(Lab lab, String state) {
    return lab.agent().statuses().stream()
        .filter(status -> status.get("namespace").asString().equals(NAMESPACE))
        .filter(status -> status.get("state").asString().equals(state))
        .count();
  }
}
