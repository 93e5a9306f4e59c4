package io.podstamp.lab.bench;

import io.podstamp.lab.Daemon;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Node;
import io.podstamp.lab.Run;
import io.podstamp.lab.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// SCRAPE: the CPU time that one look at the metrics of a full agent takes: 200 captured Pods with
/// a series each, and 5 000 connections open through the redirect. First as after a start, when
/// little of it is compiled, then as after some hours.
final class ScrapeBench implements Workload {
  private static final int PODS = 200;
  private static final int CONNECTIONS_EACH = 25;
  private static final int FIRST_SCRAPES = 10;
  private static final int WARM_UP_SCRAPES = 300;
  private static final int SCRAPES = 50;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MOST_MILLIS = 100;
  private static final String COLD = "the first " + FIRST_SCRAPES;
  private static final String WARM = SCRAPES + " after " + WARM_UP_SCRAPES;

  /// What Prometheus asks for.
  private static final String OPEN_METRICS = "Accept: application/openmetrics-text;version=1.0.0";

  /// Opens them one after the other, each with a request, and keeps them.
  private static final String HOLD =
      """
      for ((i = 0; i < $3; i++)); do
        exec {held}<>/dev/tcp/$0/$1 || exit
        printf 'GET %s HTTP/1.1\\r\\nHost: held\\r\\n\\r\\n' "$2" >&$held
      done
      echo open
      exec sleep infinity
      """;

  @Override
  public String name() {
    return "SCRAPE";
  }

  @Override
  public String title() {
    return "one look at the metrics of 200 Pods with 5 000 connections";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    List<Daemon> holders = new ArrayList<>();
    try (ExtraAgent agent =
        ExtraAgent.start(arena, arena.podstamp(), 0, "", List.of("--metrics-per-pod"))) {
      for (int i = 0; i < PODS; i++) {
        holders.add(hold(agent.runPod("scraped-" + i)));
      }
      holders.forEach(holder -> holder.await(() -> holder.logText().contains("open")));
      int open = PODS * CONNECTIONS_EACH;
      if (!Wait.until(
          Duration.ofSeconds(30),
          () -> agent.agent().metric("podstamp_connections_open") >= open)) {
        throw new IllegalStateException(
            agent.agent().metric("podstamp_connections_open")
                + " connections are open (expected: "
                + open
                + ")");
      }
      samples.accept(sample(COLD, agent, FIRST_SCRAPES));
      scrape(agent, WARM_UP_SCRAPES);
      samples.accept(sample(WARM, agent, SCRAPES));
    } finally {
      holders.forEach(Daemon::kill);
    }
  }

  private static Daemon hold(LabPod pod) {
    String path = "/" + pod.name() + "/" + pod.ip() + "/small";
    List<String> bash =
        List.of(
            "bash",
            "-c",
            HOLD,
            Node.OUTSIDE_ADDRESS,
            "" + BenchServer.PORT,
            path,
            "" + CONNECTIONS_EACH);
    Path log = Lab.FOLDER.resolve("holder-" + pod.name() + ".log");
    return Daemon.start("holder", pod.netns().inside(bash), log);
  }

  private Sample sample(String what, ExtraAgent agent, int scrapes) {
    ProxyProcesses processes = agent.processes();
    long before = processes.cpuNanos();
    int bytes = scrape(agent, scrapes);
    double millis = (processes.cpuNanos() - before) / NANOS_PER_MILLI / scrapes;
    System.out.printf("%-24s %.1f ms CPU of the agent for %d bytes%n", what, millis, bytes);
    return new Sample(name(), what, 1, Map.of(Figure.CPU_MILLIS_PER_SCRAPE, millis));
  }

  /// @return the length of the last one
  private static int scrape(ExtraAgent agent, int times) {
    List<String> curl = new ArrayList<>(List.of("curl", "-sf", "-H", OPEN_METRICS));
    for (int i = 0; i < times; i++) {
      curl.add(agent.metricsUrl());
    }
    return Run.of(curl).orThrow().out().length() / times;
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of(
        Verdict.atMost(
            "SCRAPE: CPU of the agent for one of the first scrapes, in ms",
            results.median(name(), COLD, Figure.CPU_MILLIS_PER_SCRAPE),
            MOST_MILLIS),
        Verdict.atMost(
            "SCRAPE: CPU of the agent for one scrape, in ms",
            results.median(name(), WARM, Figure.CPU_MILLIS_PER_SCRAPE),
            MOST_MILLIS));
  }
}
