package io.podstamp.node;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.config.Config;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.FeedHealth;
import io.podstamp.metrics.ConnectionTally;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.metrics.PodMeter;
import io.podstamp.metrics.Protocol;
import io.podstamp.netns.Hold;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/// A program that prints what metrics cost: the CPU time of one request's counting, of one
/// connection's, and of one scrape with 200 Pods and 5 000 open connections. docs/benchmarks.md has
/// its figures.
final class MetricsCost {
  private static final int PODS = 200;
  private static final int CONNECTIONS = 5000;
  private static final int ROUNDS = 5;
  private static final int REQUESTS = 20_000_000;
  private static final int SCRAPES = 200;
  private static final InetSocketAddress SERVER =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.80"), 80);

  private MetricsCost() {}

  public static void main(String[] arguments) throws IOException {
    NodeMetrics metrics = new NodeMetrics();
    List<PodMeter> meters = new ArrayList<>();
    List<ConnectionTally> open = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      meters.add(metrics.meter());
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      open.add(meters.get(i % PODS).accepted(SERVER));
    }
    List<PodStatus> pods = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      pods.add(pod(i, meters.get(i)));
    }
    new NodeSeries(metrics.exposition(), () -> pods)
        .register(() -> 0, () -> List.of(new FeedHealth("pods", true, Duration.ZERO, 0)))
        .registerPerPod();
    metrics.cniAnswered("ADD", 0, Duration.ofMillis(10));

    for (int round = 0; round < ROUNDS; round++) {
      double request =
          nanosEach(
              REQUESTS,
              i -> {
                ConnectionTally tally = open.get(i % CONNECTIONS);
                tally.bytesUp(300);
                tally.stamped(0);
                tally.bytesDown(1000);
              });
      double connection =
          nanosEach(
              REQUESTS / 10,
              i -> {
                ConnectionTally tally = meters.get(i % PODS).accepted(SERVER);
                tally.speaks(Protocol.HTTP1);
                tally.dialled(SERVER);
                tally.ended("both sides finished");
              });
      double scrape =
          nanosEach(
              SCRAPES,
              i -> {
                try {
                  metrics.exposition().page("application/openmetrics-text");
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      System.out.printf(
          "a request %.1f ns, a connection %.1f ns, a scrape %.2f ms of %d bytes%n",
          request,
          connection,
          scrape / 1e6,
          metrics.exposition().page("application/openmetrics-text").content().length);
    }
  }

  private static double nanosEach(int times, IntConsumer work) {
    long began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      work.accept(i);
    }
    return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began) / (double) times;
  }

  private static PodStatus pod(int number, PodMeter meter) {
    return new PodStatus(
        new Attachment(
            "container-" + number,
            "eth0",
            Path.of("/run/netns/x"),
            1,
            new PodRef("namespace-" + number % 20, "deployment-6f9d8c7b5-" + number, "u" + number),
            List.of(),
            Map.of()),
        PodPolicy.of(Config.DEFAULT, Map.of("podstamp.io/enabled", "true"), Map.of(), false),
        PodState.CAPTURED,
        "",
        "",
        Instant.now(),
        Duration.ZERO,
        new PodStatus.Repairs(0, ""),
        "",
        Hold.NONE,
        null,
        15901,
        CONNECTIONS / PODS,
        "",
        meter.counts(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }
}
