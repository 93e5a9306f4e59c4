package io.podstamp.lab.bench;

import static io.podstamp.lab.bench.Contestant.HAPROXY;
import static io.podstamp.lab.bench.Contestant.NGINX_TUNED;
import static io.podstamp.lab.bench.Contestant.NONE;
import static io.podstamp.lab.bench.Contestant.PODSTAMP;

import io.podstamp.lab.Run;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// W11: small GETs of HTTP/2 without TLS, many at once on few connections. nginx, whose only way of
/// HTTP/2 to a server is that for gRPC, has one connection to it for each request under way.
final class Multiplexed implements Workload {
  private static final double NANOS_PER_MICRO = 1e3;

  private static final H2load H2LOAD = new H2load(8, 100);

  @Override
  public String name() {
    return "W11";
  }

  @Override
  public String title() {
    return "small GETs of HTTP/2, 100 streams on each of 8 connections";
  }

  @Override
  public Set<Contestant> contestants() {
    return EnumSet.of(NONE, PODSTAMP, NGINX_TUNED, HAPROXY);
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Turns.take(
        arena.entries(contestants()),
        effort.rounds(),
        (entry, round) -> turn(entry, effort.seconds(), round),
        samples);
  }

  /// An answer that is not 200 is a failure, so what was answered was stamped.
  private Sample turn(Entry entry, int seconds, int round) {
    List<String> command = H2LOAD.command(entry.pod().netns(), entry.http2Url("small"), seconds);
    Meter meter = new Meter(entry.proxy().get());
    H2load.Told told = H2load.Told.parse(Run.of(command).orThrow().out()).orThrow();
    long proxyNanos = meter.proxyNanos();
    MachineCpu machine = meter.machine();
    double perRequest = NANOS_PER_MICRO * told.requests();
    return new Sample(
        name(),
        entry.contestant().title(),
        round,
        Map.of(
            Figure.REQUESTS_PER_SECOND, told.requestsPerSecond(),
            Figure.CPU_MICROS_PER_REQUEST, proxyNanos / perRequest,
            Figure.MACHINE_CPU_MICROS_PER_REQUEST, machine.busyNanos() / perRequest,
            Figure.SOFTIRQ_SHARE, machine.softirqShare(),
            Figure.RSS_MEBIBYTES, meter.proxy().rssMebibytes()));
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    Comparison it = new Comparison(results, name());
    Set<Contestant> peers = EnumSet.of(NGINX_TUNED, HAPROXY);
    return List.of(
            it.atLeast(PODSTAMP, Figure.REQUESTS_PER_SECOND, peers, 1.0),
            it.atMost(PODSTAMP, Figure.CPU_MICROS_PER_REQUEST, peers, 0.9))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }
}
