package io.podstamp.lab.bench;

import io.podstamp.lab.Certificate;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Node;
import io.podstamp.lab.OutsideServers;
import io.podstamp.lab.Run;
import io.podstamp.lab.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/// PROXY: what a header of the PROXY protocol costs, over TLS: one captured Pod asks one nginx at
/// two ports, of which one is told the Pod at the start of each connection. Both take turns, over
/// kept connections and with one for each request.
final class ProxyHeaderBench implements Workload {
  private static final int CONNECTIONS = 64;
  private static final int PLAIN_PORT = 9_443;
  private static final int TOLD_PORT = 9_444;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PLAIN = "without the header";
  private static final String TOLD = "with the header";

  @Override
  public String name() {
    return "PROXY";
  }

  @Override
  public String title() {
    return "what the header of the PROXY protocol costs, over TLS";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    LabPod pod =
        lab.runPod(
            Arena.STAMPED,
            "proxy-header",
            Map.of("podstamp.io/ports", String.valueOf(PLAIN_PORT)),
            List.of());
    Arena.tune(List.of("nsenter", "--net=" + pod.netns().path(), "--"));
    lab.agent()
        .configure(
            "proxyProtocol: [{destinations: [%s/32], ports: [%d]}]"
                .formatted(Node.OUTSIDE_ADDRESS, TOLD_PORT));
    try (OutsideServers servers = new OutsideServers(lab.node(), Lab.FOLDER)) {
      servers.start(PLAIN_PORT, "nginx", "-c", writeConfig().toString());
      awaitTold(pod);
      take("kept", Wrk.gets(CONNECTIONS), lab, pod, effort, samples);
      take("one a request", Wrk.gets(CONNECTIONS).closingEach(), lab, pod, effort, samples);
    } finally {
      lab.agent().configure("");
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  /// nginx answers nobody at that port who does not begin with the header.
  private static void awaitTold(LabPod pod) {
    if (!Wait.until(PATIENCE, () -> pod.curlRun("-kf", url(TOLD_PORT)).isOk())) {
      throw new IllegalStateException(pod.curl("-kf", url(TOLD_PORT)));
    }
  }

  private void take(
      String how, Wrk wrk, Lab lab, LabPod pod, Effort effort, Consumer<Sample> samples) {
    Map<String, List<Sample>> taken = new LinkedHashMap<>();
    for (int round = 0; round <= effort.rounds(); round++) {
      for (String side : round % 2 == 0 ? List.of(PLAIN, TOLD) : List.of(TOLD, PLAIN)) {
        int port = side.equals(PLAIN) ? PLAIN_PORT : TOLD_PORT;
        Meter meter = new Meter(ProxyProcesses.below(lab.agent().facts().pid()));
        Run run = Run.of(wrk.command(pod.netns(), url(port), effort.seconds())).orThrow();
        long nanos = meter.proxyNanos();
        Wrk.Told told = Wrk.Told.parse(run.out()).orThrow();
        if (round > 0) {
          Sample sample =
              new Sample(
                  name() + " " + how,
                  side,
                  round,
                  Map.of(
                      Figure.REQUESTS_PER_SECOND,
                      told.requestsPerSecond(),
                      Figure.CPU_MICROS_PER_REQUEST,
                      nanos / 1e3 / told.requests()));
          samples.accept(sample);
          taken.computeIfAbsent(side, _ -> new ArrayList<>()).add(sample);
        }
      }
    }
    tell(how, taken, Figure.REQUESTS_PER_SECOND);
    tell(how, taken, Figure.CPU_MICROS_PER_REQUEST);
  }

  private static void tell(String how, Map<String, List<Sample>> taken, Figure figure) {
    ToDoubleFunction<String> median =
        side -> {
          List<Double> sorted =
              taken.getOrDefault(side, List.of()).stream()
                  .map(each -> each.figures().get(figure))
                  .sorted()
                  .toList();
          return Spread.quantile(sorted, 0.5);
        };
    double plain = median.applyAsDouble(PLAIN);
    double told = median.applyAsDouble(TOLD);
    System.out.printf(
        "%-14s %-22s %10.1f without, %10.1f with the header: %.3f%n",
        how, figure.title(), plain, told, told / plain);
  }

  private static String url(int port) {
    return "https://" + Node.OUTSIDE_ADDRESS + ":" + port + "/";
  }

  private static Path writeConfig() {
    Path pem = Lab.FOLDER.resolve("proxy-header.pem");
    Certificate.write(pem);
    String config =
        """
        daemon off;
        worker_processes 1;
        pid %1$s.pid;
        error_log stderr;
        events { worker_connections 4096; }
        http {
          access_log off;
          keepalive_requests 100000000;
          ssl_certificate %1$s;
          ssl_certificate_key %1$s;
          server { listen %2$d ssl; return 200 "ok"; }
          server { listen %3$d ssl proxy_protocol; return 200 "ok"; }
        }
        """
            .formatted(pem, PLAIN_PORT, TOLD_PORT);
    try {
      return Files.writeString(Lab.FOLDER.resolve("proxy-header.conf"), config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
