package io.podstamp.lab.bench;

import static io.podstamp.lab.bench.Contestant.HAPROXY_NO_REUSE;
import static io.podstamp.lab.bench.Contestant.NGINX_2019;
import static io.podstamp.lab.bench.Contestant.PEERS;
import static io.podstamp.lab.bench.Contestant.PODSTAMP;
import static io.podstamp.lab.bench.Figure.CPU_MICROS_PER_REQUEST;
import static io.podstamp.lab.bench.Figure.REQUESTS_PER_SECOND;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// All workloads, in the order in which they run, with their goals.
final class Workloads {
  /// One upstream connection for each downstream connection, as podstamp does it.
  private static final Set<Contestant> SAME_SHAPE = EnumSet.of(NGINX_2019, HAPROXY_NO_REUSE);

  /// What a bare `scripts/bench.sh` runs.
  static final List<Workload> ALL =
      List.of(
          new Requests(
              "W1",
              "small GET over 64 kept connections",
              Contestant.ALL,
              "small",
              Wrk.gets(64),
              Workloads::w1),
          new FixedRate(),
          new Requests(
              "W3",
              "one connection per request, 32 at a time",
              EnumSet.allOf(Contestant.class),
              "small",
              Wrk.gets(32).closingEach(),
              it -> goals(List.of(it.atLeast(PODSTAMP, REQUESTS_PER_SECOND, SAME_SHAPE, 1.0)))),
          new Requests(
              "W4",
              "POST of 16 KiB over 64 kept connections",
              Contestant.ALL,
              "post",
              Wrk.gets(64).posting(16 << 10),
              it -> goals(List.of(it.atLeast(PODSTAMP, REQUESTS_PER_SECOND, PEERS, 1.1)))),
          new Transfers("W5", false),
          new Transfers("W6", true),
          new Requests(
              "W10",
              "small GETs, 16 pipelined, over 16 kept connections",
              Contestant.ALL,
              "small",
              Wrk.gets(16).pipelining(16),
              it -> goals(List.of(it.atLeast(PODSTAMP, REQUESTS_PER_SECOND, PEERS, 1.5)))),
          new Multiplexed(),
          new IdleConnections(),
          new Fleet(),
          new PluginBench());

  /// What runs only when it is named.
  private static final List<Workload> MORE =
      List.of(
          new BannerBench(),
          new OpeningsBench(),
          new ProxyHeaderBench(),
          new NeighbourBench(),
          new VerifyBench(),
          new EnableBench(),
          new ConntrackBench(),
          new ScrapeBench());

  private Workloads() {}

  /// Everything that `--only` knows.
  static List<Workload> known() {
    return Stream.concat(ALL.stream(), MORE.stream()).toList();
  }

  private static List<Verdict> w1(Comparison it) {
    Set<Contestant> original = EnumSet.of(NGINX_2019);
    return goals(
        List.of(
            it.atLeast(PODSTAMP, REQUESTS_PER_SECOND, PEERS, 1.25),
            it.atMost(PODSTAMP, CPU_MICROS_PER_REQUEST, PEERS, 0.80),
            it.atLeast(PODSTAMP, REQUESTS_PER_SECOND, original, 4.0)));
  }

  /// Those of which both sides took part.
  private static List<Verdict> goals(List<Optional<Verdict>> verdicts) {
    return verdicts.stream().flatMap(Optional::stream).toList();
  }
}
