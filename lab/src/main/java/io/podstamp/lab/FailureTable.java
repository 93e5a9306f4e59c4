package io.podstamp.lab;

import io.podstamp.lab.FailureClient.Outcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// What applications see of destinations that fail, without podstamp, with it, and with it where it
/// is told to connect early: the table of `docs/what-applications-see.md`.
public final class FailureTable {
  /// Each address fails in a way of its own, and only on port 80.
  private static final String FAILURES =
      """
      table inet failures {
        chain input {
          type filter hook input priority 0;
          ip daddr 192.0.2.81 tcp dport 80 reject with tcp reset
          ip6 daddr 2001:db8::81 tcp dport 80 reject with tcp reset
          ip daddr 192.0.2.82 tcp dport 80 reject with icmp type host-unreachable
          ip daddr 192.0.2.83 tcp dport 80 drop
          ip6 daddr 2001:db8::83 tcp dport 80 drop
        }
      }
      """;

  /// Where a request goes.
  ///
  /// @param addresses those of the name, in the order in which they are tried
  record Destination(String title, List<String> addresses) {
    Destination(String title, String... addresses) {
      this(title, List.of(addresses));
    }
  }

  static final Destination REFUSED = new Destination("refused", "192.0.2.81");
  static final Destination UNREACHABLE = new Destination("ICMP host unreachable", "192.0.2.82");
  static final Destination NO_ROUTE = new Destination("no route in the Pod", "198.51.100.1");
  static final Destination BLACK_HOLE = new Destination("black hole", "192.0.2.83");
  static final Destination V6_REFUSED =
      new Destination("AAAA refused, A alive", "2001:db8::81", Node.OUTSIDE_ADDRESS);
  static final Destination V6_NO_ROUTE =
      new Destination("AAAA without route, A alive", "2001:db8:dead::1", Node.OUTSIDE_ADDRESS);
  static final Destination V6_BLACK_HOLE =
      new Destination("AAAA black hole, A alive", "2001:db8::83", Node.OUTSIDE_ADDRESS);

  private static final List<Destination> DESTINATIONS =
      List.of(REFUSED, UNREACHABLE, NO_ROUTE, BLACK_HOLE, V6_REFUSED, V6_NO_ROUTE, V6_BLACK_HOLE);

  /// What one client saw of one destination.
  record Row(
      Destination destination,
      FailureClient client,
      Outcome direct,
      Outcome captured,
      Outcome early) {
    private String markdown() {
      return "| %s | %s | %s | %s | %s |"
          .formatted(
              destination.title(), client.title(), cell(direct), cell(captured), cell(early));
    }

    private static String cell(Outcome outcome) {
      return "%s | %.1f s".formatted(outcome.text(), outcome.millis() / 1000.0);
    }
  }

  /// The Pods that a request is sent from.
  ///
  /// @param direct not captured
  /// @param captured as podstamp does by itself
  /// @param early captured with `podstamp.io/connect: early`
  record Pods(LabPod direct, LabPod captured, LabPod early) {
    static Pods in(Lab lab) {
      lab.api().createNamespace("quiet");
      lab.api().createNamespace("shop");
      lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
      return new Pods(
          lab.runPod("quiet", "direct"),
          lab.runPod("shop", "captured"),
          lab.runPod("shop", "early", Map.of("podstamp.io/connect", "early"), List.of()));
    }

    List<LabPod> all() {
      return List.of(direct, captured, early);
    }
  }

  /// What is asked for, wherever it leads.
  static final String URL = "http://" + FailureClient.HOST + "/";

  private FailureTable() {}

  /// Prints it.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes
  public static void main(String[] arguments) {
    try (Lab lab = Lab.withPodstamp(Path.of(arguments[0]))) {
      List<Row> rows = measure(lab, Pods.in(lab));
      System.out.println(
          "| destination | client | direct | after | captured | after | captured early | after |");
      System.out.println("|---|---|---|---|---|---|---|---|");
      rows.forEach(row -> System.out.println(row.markdown()));
    }
  }

  /// Makes the failing destinations, and has every client try each from all Pods.
  static List<Row> measure(Lab lab, Pods pods) {
    Netns outside = lab.node().outside();
    for (int last = 81; last <= 83; last++) {
      outside.ip("address", "add", "192.0.2." + last + "/24", "dev", "eth0");
      outside.ip("address", "add", "2001:db8::" + last + "/64", "dev", "eth0", "nodad");
    }
    Run.of(new ProcessBuilder(outside.inside(List.of("nft", "-f", "-"))), FAILURES).orThrow();
    // All clients are one address to it, which it would tell of once a second.
    outside.run("sysctl", "-w", "net.ipv4.icmp_ratelimit=0").orThrow();
    for (LabPod pod : pods.all()) {
      pod.netns().ip("route", "add", "unreachable", "198.51.100.0/24");
      pod.netns().ip("-6", "route", "add", "unreachable", "2001:db8:dead::/48");
    }
    List<Row> rows = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Destination destination : DESTINATIONS) {
        // All clients of one destination at once: most of the time they wait.
        Arrays.stream(FailureClient.values())
            .filter(FailureClient::isThere)
            .map(client -> row(destination, client, pods, threads))
            .toList()
            .forEach(row -> rows.add(row.join()));
      }
    }
    return rows;
  }

  private static CompletableFuture<Row> row(
      Destination destination, FailureClient client, Pods pods, ExecutorService threads) {
    List<CompletableFuture<Outcome>> outcomes =
        pods.all().stream()
            .map(
                pod ->
                    CompletableFuture.supplyAsync(
                        () -> client.get(pod, URL, destination.addresses()), threads))
            .toList();
    return CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
        .thenApply(
            _ ->
                new Row(
                    destination,
                    client,
                    outcomes.get(0).join(),
                    outcomes.get(1).join(),
                    outcomes.get(2).join()));
  }
}
