package io.podstamp.lab;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `scripts/pairs.sh`: pairs of annotation changes that come at once, headers and then enabled or
/// disabled, to an agent that never looks at a Pod without a reason. What the second change wants
/// must be so in the end, with the first one's headers.
public final class Pairs {
  private static final int PODS = 24;
  private static final int AT_ONCE = 6;

  /// Far more than a busy machine needs; without its clock an agent that missed a change never
  /// hears of it.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration LOOK_EVERY = Duration.ofMillis(5);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Lab lab;
  private final HttpClient http = HttpClient.newHttpClient();
  private volatile Map<String, Seen> seen = Map.of();
  private volatile boolean looking = true;

  /// What the agent says of a Namespace's Pod.
  private record Seen(String state, String header) {}

  private Pairs(Lab lab) {
    this.lab = lab;
  }

  /// Runs it; the exit status is 1 if a pair ended stale.
  ///
  /// @param arguments the folder that `scripts/build.sh` makes, and how many pairs
  public static void main(String[] arguments) throws Exception {
    int pairs = Integer.parseInt(arguments[1]);
    int stale;
    try (Lab lab = Lab.withPodstamp(Path.of(arguments[0]), "--verify-every=0")) {
      stale = new Pairs(lab).run(pairs);
    }
    System.exit(stale == 0 ? 0 : 1);
  }

  private int run(int pairs) throws InterruptedException {
    Thread watcher = Thread.ofPlatform().name("watcher").start(this::look);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger stale = new AtomicInteger();
    long[] nanos = new long[pairs];
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<CompletableFuture<Void>> all =
          IntStream.range(0, AT_ONCE)
              .mapToObj(
                  worker ->
                      CompletableFuture.runAsync(
                          () -> work(worker, pairs, next, stale, nanos), threads))
              .toList();
      all.forEach(CompletableFuture::join);
    } finally {
      looking = false;
      watcher.join();
    }
    LongStream sorted = Arrays.stream(nanos).sorted();
    long[] ordered = sorted.toArray();
    System.out.printf(
        "%d pairs, %d stale; from the second change to its effect: p50 %.0f ms, p99 %.0f ms, most"
            + " %.0f ms%n",
        pairs,
        stale.get(),
        ordered[pairs / 2] / 1e6,
        ordered[pairs * 99 / 100] / 1e6,
        ordered[pairs - 1] / 1e6);
    return stale.get();
  }

  /// Changes Pods of its own in turn, each to the other state.
  private void work(int worker, int pairs, AtomicInteger next, AtomicInteger stale, long[] nanos) {
    List<String> namespaces =
        IntStream.range(0, PODS / AT_ONCE).mapToObj(i -> "pair-" + worker + "-" + i).toList();
    for (String namespace : namespaces) {
      lab.api().createNamespace(namespace);
      lab.runPod(namespace, "web");
    }
    for (int turn = 0; ; turn++) {
      int pair = next.getAndIncrement();
      if (pair >= pairs) {
        return;
      }
      String namespace = namespaces.get(turn % namespaces.size());
      boolean enabled = turn / namespaces.size() % 2 == 0;
      nanos[pair] = change(namespace, enabled, "X-Pair-" + pair, stale);
    }
  }

  private long change(String namespace, boolean enabled, String header, AtomicInteger stale) {
    Seen wanted = new Seen(enabled ? "captured" : "off", header);
    lab.api()
        .annotateNamespace(
            namespace, "podstamp.io/headers", "[{name: %s, value: \"1\"}]".formatted(header));
    long beganNanos = System.nanoTime();
    lab.api().annotateNamespace(namespace, "podstamp.io/enabled", String.valueOf(enabled));
    long deadlineNanos = beganNanos + PATIENCE.toNanos();
    while (!wanted.equals(seen.get(namespace)) && System.nanoTime() < deadlineNanos) {
      LockSupport.parkNanos(LOOK_EVERY.toNanos() / 2);
    }
    if (!wanted.equals(seen.get(namespace))) {
      stale.incrementAndGet();
      System.out.printf("%s: wanted %s, is %s%n", namespace, wanted, seen.get(namespace));
    }
    return System.nanoTime() - beganNanos;
  }

  private void look() {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://" + AgentSeat.FIRST.admin() + "/debug/attachments"))
            .build();
    while (looking) {
      try {
        Map<String, Seen> now = new HashMap<>();
        for (JsonNode status :
            JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body())) {
          now.put(
              status.at("/attachment/pod/namespace").asString(),
              new Seen(status.get("state").asString(), header(status.at("/policy/headers/steps"))));
        }
        seen = now;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
  }

  private static String header(JsonNode steps) {
    return steps.get(steps.size() - 1).at("/value/0/name").asString();
  }
}
