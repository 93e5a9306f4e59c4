package io.podstamp.netns;

import io.podstamp.config.Destinations;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A program that prints what it costs to write and read the rules of a Pod, by netlink and by
/// `nsenter nft` in turn: time, and CPU time of this process and its children. To be run by
/// `scripts/in-own-node.sh`. docs/benchmarks.md has its figures.
final class RulesCost {
  private static final int ROUNDS = 20;
  private static final int A_ROUND = 20;
  private static final int WARM_UP = 500;
  private static final int MILLIS_A_TICK = 10;

  /// A namespace is used again only when the socket that changed its rules is closed.
  private static final int OTHER_PODS = 20;

  private static final Duration LASTING = Duration.ofSeconds(15);
  private static final RedirectRules RULES =
      new RedirectRules(
          new TreeSet<>(Set.of(80, 8080)),
          15901,
          Set.of(Family.IPV4, Family.IPV6),
          Destinations.ALL,
          true,
          null);

  private RulesCost() {}

  private interface Action {
    void run() throws IOException;
  }

  private static final class Spent {
    private final List<Long> nanos = new ArrayList<>();
    private long cpuMillis;
  }

  public static void main(String[] arguments) throws IOException {
    try (Doorway doorway = new Doorway();
        TestNetns pod = new TestNetns();
        Netns netns = Netns.openPod(pod.path());
        Lease lease = PodSockets.lease(doorway, netns, Tenant.AGENT)) {
      Deque<Netns> others = new ArrayDeque<>();
      for (int i = 0; i < OTHER_PODS; i++) {
        others.add(Netns.openPod(new TestNetns().path()));
      }
      RuleInstaller installer = new RuleInstaller(doorway);
      String text = NftText.redirect(RULES, LASTING);
      Map<String, Action> actions = new LinkedHashMap<>();
      actions.put(
          "written, the Pod's socket",
          () -> lease.nftables().replace(RULES.table(Tenant.AGENT, LASTING)));
      actions.put(
          "written, a socket opened for it",
          () -> {
            others.addLast(others.removeFirst());
            installer.install(others.getLast(), RULES, LASTING);
          });
      actions.put("written, nsenter nft", () -> nft(pod, text, "-f", "-"));
      actions.put("read, the Pod's socket", () -> lease.nftables().read(Tenant.AGENT.table()));
      actions.put(
          "read, nsenter nft",
          () -> nft(pod, "", "--stateless", "list", "table", "inet", Tenant.AGENT.table()));
      actions.put("lease renewed", () -> lease.renew(LASTING));
      actions.put("transactions counted", lease::foreignTransactions);

      for (int i = 0; i < WARM_UP; i++) {
        lease.nftables().replace(RULES.table(Tenant.AGENT, LASTING));
        lease.nftables().read(Tenant.AGENT.table());
        lease.renew(LASTING);
        lease.foreignTransactions();
      }
      Map<String, Spent> spent = new LinkedHashMap<>();
      actions.keySet().forEach(name -> spent.put(name, new Spent()));
      for (int round = 0; round < ROUNDS; round++) {
        for (Map.Entry<String, Action> action : actions.entrySet()) {
          measure(action.getValue(), spent.getOrDefault(action.getKey(), new Spent()));
        }
      }
      spent.forEach(RulesCost::print);
    }
  }

  private static void measure(Action action, Spent spent) throws IOException {
    long before = cpuMillis();
    for (int i = 0; i < A_ROUND; i++) {
      long start = System.nanoTime();
      action.run();
      spent.nanos.add(System.nanoTime() - start);
    }
    spent.cpuMillis += cpuMillis() - before;
  }

  private static void print(String name, Spent spent) {
    List<Long> sorted = spent.nanos.stream().sorted().toList();
    System.out.printf(
        "%-32s p50 %7.3f ms, p99 %7.3f ms, CPU %6.3f ms%n",
        name,
        sorted.get(sorted.size() / 2) / 1e6,
        sorted.get(sorted.size() * 99 / 100) / 1e6,
        (double) spent.cpuMillis / sorted.size());
  }

  /// utime, stime, cutime and cstime of `proc_pid_stat(5)`.
  private static long cpuMillis() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = 0;
    for (int i = 11; i <= 14; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return ticks * MILLIS_A_TICK;
  }

  private static void nft(TestNetns pod, String input, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + pod.path(), "nft"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.US_ASCII));
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(said);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
