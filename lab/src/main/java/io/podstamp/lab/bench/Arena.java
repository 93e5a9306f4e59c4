package io.podstamp.lab.bench;

import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Netns;
import io.podstamp.lab.Run;
import io.podstamp.lab.Wait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The lab with a Pod for each contestant, and the server outside that they all call.
final class Arena implements AutoCloseable {
  /// Annotated: its Pods are captured.
  static final String STAMPED = "stamped";

  /// The same with `podstamp.io/connect: early`.
  private static final String EARLY = "early";

  /// Nobody's Pods but those that look after themselves.
  static final String QUIET = "quiet";

  /// A machine's own choice may be BBR, which paces even what never leaves the machine.
  private static final String NO_PACING = "net.ipv4.tcp_congestion_control=reno";

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Map<Contestant, Entry> entries = new EnumMap<>(Contestant.class);
  private final Path podstamp;
  private final Lab lab;
  private final BenchServer server;

  /// @param podstamp the folder that `scripts/build.sh` makes
  Arena(Path podstamp, Set<Contestant> contestants, Effort effort) {
    this.podstamp = podstamp.toAbsolutePath().normalize();
    this.lab = open(Lab.withPodstamp(podstamp));
    boolean complete = false;
    try {
      tune(List.of());
      tuneServer(lab.node().outside());
      Run.ok("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1");
      lab.api().createNamespace(QUIET);
      lab.api().createNamespace(STAMPED);
      capture(STAMPED);
      lab.api().createNamespace(EARLY);
      lab.api().annotateNamespace(EARLY, "podstamp.io/connect", "early");
      capture(EARLY);
      server = open(BenchServer.start(lab.node().outside(), effort.downloadMebibytes()));
      contestants.stream().filter(Contestant::isHere).forEach(it -> entries.put(it, enter(it)));
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  private void capture(String namespace) {
    lab.api()
        .annotateNamespace(
            namespace,
            "podstamp.io/ports",
            "%d,%d,%d"
                .formatted(BenchServer.PORT, BenchServer.UPLOAD_PORT, BenchServer.HTTP2_PORT));
    lab.api().annotateNamespace(namespace, "podstamp.io/enabled", "true");
  }

  private <T extends AutoCloseable> T open(T part) {
    parts.push(part);
    return part;
  }

  private Entry enter(Contestant contestant) {
    String name = contestant.hostname();
    Entry entry =
        switch (contestant) {
          case NONE ->
              new Entry(contestant, lab.runPod(QUIET, name), () -> new ProxyProcesses(List.of()));
          case PODSTAMP, PODSTAMP_EARLY ->
              new Entry(
                  contestant,
                  lab.runPod(contestant == Contestant.PODSTAMP ? STAMPED : EARLY, name),
                  () -> ProxyProcesses.below(lab.agent().facts().pid()));
          case NGINX_2019, NGINX_TUNED, HAPROXY, HAPROXY_NO_REUSE, ENVOY -> {
            LabPod pod = lab.runPod(QUIET, name);
            Peer peer = open(Peer.start(contestant, pod));
            yield new Entry(contestant, pod, peer::processes);
          }
        };
    tune(List.of("nsenter", "--net=" + entry.pod().netns().path(), "--"));
    awaitStamped(entry);
    return entry;
  }

  /// Waits until its calls arrive with its stamp.
  void awaitStamped(Entry entry) {
    if (!Wait.until(PATIENCE, () -> entry.pod().curlRun("-f", entry.url("small")).isOk())) {
      throw new IllegalStateException(
          entry.contestant().title() + ": " + entry.pod().curl("-i", entry.url("small")));
    }
  }

  /// Short connections by the ten thousand leave as many entries behind, here and in every Pod that
  /// redirects: they go sooner than after two minutes, and there are more ports.
  static void tune(List<String> inside) {
    List<String> command = new ArrayList<>(inside);
    command.addAll(
        List.of(
            "sysctl",
            "-qw",
            NO_PACING,
            "net.netfilter.nf_conntrack_tcp_timeout_time_wait=1",
            "net.ipv4.ip_local_port_range=20000 65535"));
    Run.of(command).orThrow();
  }

  /// Contestants' Pods share the Node's address and its ports, not their TCP timestamps: a SYN that
  /// seems older than what ended on its port would be tried again after a second.
  private static void tuneServer(Netns outside) {
    Run.of(outside.inside(List.of("sysctl", "-qw", NO_PACING, "net.ipv4.tcp_max_tw_buckets=0")))
        .orThrow();
  }

  Lab lab() {
    return lab;
  }

  BenchServer server() {
    return server;
  }

  Path podstamp() {
    return podstamp;
  }

  /// Those of a workload's contestants that are here, always in the same order.
  List<Entry> entries(Set<Contestant> contestants) {
    return entries.values().stream()
        .filter(entry -> contestants.contains(entry.contestant()))
        .toList();
  }

  /// One that has to be here.
  Entry entry(Contestant contestant) {
    Entry entry = entries.get(contestant);
    if (entry == null) {
      throw new IllegalStateException(contestant.title() + ": not in the arena");
    }
    return entry;
  }

  @Override
  public void close() {
    RuntimeException trouble = null;
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        if (trouble == null) {
          trouble = new IllegalStateException("arena: " + e.getMessage(), e);
        } else {
          trouble.addSuppressed(e);
        }
      }
    }
    if (trouble != null) {
      throw trouble;
    }
  }
}
