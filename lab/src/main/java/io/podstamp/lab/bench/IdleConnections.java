package io.podstamp.lab.bench;

import io.podstamp.lab.Daemon;
import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Lab;
import io.podstamp.lab.Run;
import io.podstamp.lab.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// W7: the memory of kept connections on which nothing happens. The agent is a fresh one each time,
/// that has had a few seconds of work: one that had more to do before would have memory to spare.
final class IdleConnections implements Workload {
  private static final Set<Contestant> PEERS =
      EnumSet.of(Contestant.NGINX_TUNED, Contestant.HAPROXY);
  private static final Wrk WARM_UP = Wrk.gets(64);
  private static final int WARM_UP_SECONDS = 3;

  /// Connections of the warm-up that have not ended yet.
  private static final int SPARE = 100;

  private static final double KIBIBYTES_PER_MEBIBYTE = 1024;

  private static final double MOST_KIBIBYTES = 12;
  private static final double MOST_MEBIBYTES = 250;
  private static final double MOST_AFTER = 1.2;

  /// The agent gives free memory back every 5 s (`TrimNativeHeapInterval`); the kernel may take
  /// another look at it.
  private static final Duration SETTLING = Duration.ofSeconds(15);

  @Override
  public String name() {
    return "W7";
  }

  @Override
  public String title() {
    return "kept connections on which nothing happens";
  }

  @Override
  public Set<Contestant> contestants() {
    return EnumSet.of(Contestant.PODSTAMP, Contestant.NGINX_TUNED, Contestant.HAPROXY);
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    // By default one Pod may have a quarter of what the agent can carry, and here it is the only
    // one.
    arena
        .lab()
        .agent()
        .configure("limits: {connections: " + (effort.idleConnections() + SPARE) + "}");
    try {
      Turns.Turn turn = (entry, round) -> turn(arena, entry, effort.idleConnections(), round);
      Turns.takeCold(arena.entries(PEERS), 1, turn, samples); // no goal is about them
      Turns.takeCold(
          arena.entries(EnumSet.of(Contestant.PODSTAMP)), effort.rounds(), turn, samples);
    } finally {
      arena.lab().agent().configure("");
    }
  }

  private Sample turn(Arena arena, Entry entry, int connections, int round) {
    if (entry.contestant() == Contestant.PODSTAMP) {
      arena.lab().agent().restart();
      arena.awaitStamped(entry);
    }
    Wrk.Told.parse(
            Run.of(WARM_UP.command(entry.pod().netns(), entry.url("small"), WARM_UP_SECONDS))
                .orThrow()
                .out())
        .orThrow();
    ProxyProcesses proxy = entry.proxy().get();
    settle(proxy, () -> false);
    double before = proxy.rssMebibytes();
    double idle = open(entry, connections, round, proxy);
    settle(proxy, () -> proxy.rssMebibytes() <= before);
    double after = proxy.rssMebibytes();
    return new Sample(
        name(),
        entry.contestant().title(),
        round,
        Map.of(
            Figure.CONNECTIONS, (double) connections,
            Figure.RSS_BEFORE_MEBIBYTES, before,
            Figure.RSS_MEBIBYTES, idle,
            Figure.RSS_AFTER_MEBIBYTES, after,
            Figure.KIBIBYTES_PER_CONNECTION,
                (idle - before) * KIBIBYTES_PER_MEBIBYTE / connections));
  }

  /// The memory while the connections are held.
  private static double open(Entry entry, int connections, int round, ProxyProcesses proxy) {
    List<String> client =
        JavaProgram.command(IdleClient.class, entry.url("small"), String.valueOf(connections));
    Path log = Lab.FOLDER.resolve("idle-%s-%d.log".formatted(entry.pod().name(), round));
    try (Daemon daemon = Daemon.start("idle client", entry.pod().netns().inside(client), log)) {
      daemon.await(() -> daemon.logText().contains("open"));
      settle(proxy, () -> false);
      daemon.await(() -> established(entry) >= connections);
      return proxy.rssMebibytes();
    }
  }

  /// How many connections to the server the Pod has: the proxy's are among them.
  private static long established(Entry entry) {
    return entry
        .pod()
        .run("ss", "-Htn", "state", "established", "dport", "=", ":" + BenchServer.PORT)
        .orThrow()
        .out()
        .lines()
        .count();
  }

  /// Waits until the memory has not moved by more than a hundredth for six seconds, longer than it
  /// takes the agent to look for free memory again.
  private static void settle(ProxyProcesses proxy, BooleanSupplier enough) {
    Steadiness steadiness = new Steadiness(proxy);
    Wait.until(SETTLING, () -> enough.getAsBoolean() || steadiness.isReached());
  }

  private static final class Steadiness {
    private static final long NANOS = Duration.ofSeconds(6).toNanos();
    private static final double HARDLY = 0.01;

    private final ProxyProcesses proxy;
    private double level;
    private long sinceNanos;

    private Steadiness(ProxyProcesses proxy) {
      this.proxy = proxy;
    }

    private boolean isReached() {
      double now = proxy.rssMebibytes();
      if (Math.abs(now - level) > HARDLY * level) {
        level = now;
        sinceNanos = System.nanoTime();
      }
      return System.nanoTime() - sinceNanos > NANOS;
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    String ours = Contestant.PODSTAMP.title();
    if (!results.contestants(name()).contains(ours)) {
      return List.of();
    }
    double before = results.median(name(), ours, Figure.RSS_BEFORE_MEBIBYTES);
    return List.of(
        Verdict.atMost(
            "W7: RSS per idle proxied connection, in KiB",
            results.median(name(), ours, Figure.KIBIBYTES_PER_CONNECTION),
            MOST_KIBIBYTES),
        Verdict.atMost(
            "W7: RSS with all of them open, in MiB",
            results.median(name(), ours, Figure.RSS_MEBIBYTES),
            MOST_MEBIBYTES),
        Verdict.atMost(
            "W7: RSS after all are closed, divided by RSS before",
            results.median(name(), ours, Figure.RSS_AFTER_MEBIBYTES) / before,
            MOST_AFTER));
  }
}
