package io.podstamp.lab.bench;

import io.podstamp.lab.Daemon;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// W8: many Pods with little to do, captured by one agent, or with an nginx in each. The same Pods
/// take both parts in turn: the agent lets go of them before the sidecars start.
final class Fleet implements Workload {
  private static final String NAMESPACE = "fleet";
  private static final String ENABLED = "podstamp.io/enabled";
  private static final String SIDECARS = "an nginx in each Pod";
  private static final int REQUESTS_PER_SECOND = 20;

  /// wrk waits so long after each answer, and an answer takes about a millisecond.
  private static final int PAUSE_MILLIS = 49;

  private static final int SIDECAR_CONNECTIONS = 1024;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MOST_MEMORY = 0.1;
  private static final double MOST_CPU = 1.0;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "W8";
  }

  @Override
  public String title() {
    return "many Pods, " + REQUESTS_PER_SECOND + " requests a second each";
  }

  @Override
  public Set<Contestant> contestants() {
    return EnumSet.of(Contestant.PODSTAMP);
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    lab.api().createNamespace(NAMESPACE);
    lab.api().annotateNamespace(NAMESPACE, "podstamp.io/ports", String.valueOf(BenchServer.PORT));
    List<LabPod> pods =
        Parallel.all(
            2 * Runtime.getRuntime().availableProcessors(),
            IntStream.range(0, effort.pods())
                .<Callable<LabPod>>mapToObj(i -> () -> lab.runPod(NAMESPACE, "fleet-" + i))
                .toList());
    try {
      for (int round = 1; round <= effort.rounds(); round++) {
        samples.accept(captured(arena, pods, effort.seconds(), round));
        samples.accept(sidecars(pods, effort.seconds(), round));
      }
    } finally {
      pods.forEach(lab::losePod);
    }
  }

  private Sample captured(Arena arena, List<LabPod> pods, int seconds, int round) {
    Lab lab = arena.lab();
    lab.api().annotateNamespace(NAMESPACE, ENABLED, "true");
    await("all Pods captured", () -> count(lab, "captured") == pods.size());
    Sample sample =
        measure(
            Contestant.PODSTAMP.title(),
            pods,
            arena.entry(Contestant.PODSTAMP).proxy(),
            seconds,
            round);
    lab.api().annotateNamespace(NAMESPACE, ENABLED, "false");
    await("all Pods let go", () -> count(lab, "captured") == 0);
    return sample;
  }

  private static long count(Lab lab, String state) {
    return lab.agent().statuses().stream()
        .filter(status -> status.get("namespace").asString().equals(NAMESPACE))
        .filter(status -> status.get("state").asString().equals(state))
        .count();
  }

  private Sample sidecars(List<LabPod> pods, int seconds, int round) {
    List<Peer> peers = new ArrayList<>();
    try {
      pods.forEach(pod -> peers.add(Peer.nginx(pod, 1, SIDECAR_CONNECTIONS)));
      peers.forEach(peer -> await("all sidecars ready", peer::isReady));
      long[] roots = peers.stream().mapToLong(peer -> peer.daemon().pid()).toArray();
      return measure(SIDECARS, pods, () -> ProxyProcesses.below(roots), seconds, round);
    } finally {
      peers.forEach(Peer::close);
    }
  }

  private Sample measure(
      String contestant,
      List<LabPod> pods,
      Supplier<ProxyProcesses> proxy,
      int seconds,
      int round) {
    Meter meter = new Meter(proxy.get());
    List<Daemon> clients = new ArrayList<>();
    Wrk wrk = Wrk.gets(1).pausing(PAUSE_MILLIS);
    for (LabPod pod : pods) {
      String url = BenchServer.url(pod.name() + "/" + pod.ip(), "small");
      Path log = Lab.FOLDER.resolve("fleet-%s-%s-%d.log".formatted(pod.name(), contestant, round));
      clients.add(Daemon.start("wrk", wrk.command(pod.netns(), url, seconds), log));
    }
    long requests = 0;
    for (Daemon client : clients) {
      if (client.status(PATIENCE).orElse(1) != 0) {
        throw new IllegalStateException("wrk: " + client.logText());
      }
      requests += Wrk.Told.parse(client.logText()).orThrow().requests();
    }
    double proxySeconds = meter.proxyNanos() / NANOS_PER_SECOND;
    double expected = (double) pods.size() * REQUESTS_PER_SECOND * seconds;
    if (requests < expected / 2) {
      throw new IllegalStateException(
          "%s: %d requests (expected: about %.0f)".formatted(contestant, requests, expected));
    }
    return new Sample(
        name(),
        contestant,
        round,
        Map.of(
            Figure.PODS,
            (double) pods.size(),
            Figure.REQUESTS_PER_SECOND,
            (double) requests / seconds,
            Figure.CPU_MICROS_PER_REQUEST,
            proxySeconds * 1e6 / requests,
            Figure.RSS_MEBIBYTES,
            meter.proxy().rssMebibytes(),
            Figure.PSS_MEBIBYTES,
            meter.proxy().pssMebibytes()));
  }

  private static void await(String what, java.util.function.BooleanSupplier condition) {
    if (!Wait.until(PATIENCE, condition)) {
      throw new IllegalStateException(what + ": not after " + PATIENCE);
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    String ours = Contestant.PODSTAMP.title();
    return List.of(
        Verdict.atMost(
            "W8: PSS of podstamp, divided by that of an nginx in each Pod",
            ratio(results, ours, Figure.PSS_MEBIBYTES),
            MOST_MEMORY),
        Verdict.atMost(
            "W8: CPU per request of podstamp, divided by that of an nginx in each Pod",
            ratio(results, ours, Figure.CPU_MICROS_PER_REQUEST),
            MOST_CPU));
  }

  private double ratio(Results results, String ours, Figure figure) {
    return results.median(name(), ours, figure) / results.median(name(), SIDECARS, figure);
  }
}
