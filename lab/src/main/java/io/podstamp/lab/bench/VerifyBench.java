package io.podstamp.lab.bench;

import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// VERIFY: what it costs the agent to look after 200 captured Pods that do nothing: verifying each
/// every 30 s, and renewing its lease every 5 s. First as it mostly is, then with somebody else's
/// transaction in each Pod before each look, so that the rules have to be read and compared: what
/// every look would cost without the kernel's count of transactions.
final class VerifyBench implements Workload {
  private static final int PODS = 200;

  /// Two looks at each Pod.
  private static final Duration PERIOD = Duration.ofSeconds(60);

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "VERIFY";
  }

  @Override
  public String title() {
    return "what looking after " + PODS + " idle Pods costs the agent";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    List<LabPod> pods = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      pods.add(lab.runPod(Arena.STAMPED, "verified-" + i));
    }
    pause(PERIOD.toNanos()); // the JIT is done, every Pod was probed
    samples.accept(sample("nobody else writes rules", lab, List.of()));
    samples.accept(sample("somebody else writes rules", lab, pods));
    pods.forEach(lab::losePod);
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  private Sample sample(String what, Lab lab, List<LabPod> touched) {
    long before = lab.agent().facts().cpuTicks();
    for (int look = 0; look < PERIOD.dividedBy(BETWEEN_LOOKS); look++) {
      long beganNanos = System.nanoTime();
      for (LabPod pod : touched) {
        pod.run("nft", "add table ip somebodys").orThrow();
      }
      pause(BETWEEN_LOOKS.toNanos() - (System.nanoTime() - beganNanos));
    }
    double seconds = (lab.agent().facts().cpuTicks() - before) / 100.0;
    System.out.printf(
        "%-28s %6.2f s CPU of agent and its processes in %d s%n",
        what, seconds, PERIOD.toSeconds());
    return new Sample(name(), what, 1, Map.of(Figure.CPU_SECONDS, seconds));
  }

  private static void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(Math.max(0, nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
