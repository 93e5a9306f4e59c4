package io.podstamp.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// The chapters of the demo on HTTPS: nobody can write into it, and a gateway can be told all the
/// same.
final class DemoOfTls implements AutoCloseable {
  private static final Duration TOLD_WITHIN = Duration.ofSeconds(30);
  private static final int CALLS = 3;
  private static final int FLOOD = 100;

  private final Lab lab;
  private final Story story;
  private final LabPod reports;
  private final LabPod orders;
  private final Gateway gateway;

  DemoOfTls(Lab lab, Story story, Path folder, LabPod reports, LabPod orders) {
    this.lab = lab;
    this.story = story;
    this.reports = reports;
    this.orders = orders;
    this.gateway = Gateway.startSecure(lab.node(), folder);
  }

  void tell() {
    untold();
    told();
    flooded();
  }

  private void untold() {
    story.chapter("The same two Pods call by HTTPS: a header cannot be written into it");
    show("tls", Gateway.TLS_PORT);
    story.prove(
        "every Pod looks like the Node again",
        gateway.requests(request -> request.uri().startsWith("/tls/")).stream()
            .allMatch(request -> request.peer().equals(Node.ADDRESS)));
  }

  private void told() {
    String rule =
        "proxyProtocol: [{destinations: [%s], ports: [%d], receiver: nginx-1.22}]"
            .formatted(Node.OUTSIDE_ADDRESS, Gateway.TOLD_PORT);
    story.chapter(rule);
    lab.agent().configure(rule);
    for (LabPod pod : List.of(reports, orders)) {
      // The gateway refuses who comes without a header: the first answer shows that one came.
      Wait.until(TOLD_WITHIN, () -> pod.curlRun("-k", url("ready", Gateway.TOLD_PORT, pod)).isOk());
    }
    show("told", Gateway.TOLD_PORT);
    story.prove(
        "the gateway knows each Pod's address, and TLS was not opened",
        List.of(reports, orders).stream()
            .allMatch(
                pod ->
                    ofPod("told", pod).size() == CALLS
                        && ofPod("told", pod).stream()
                            .allMatch(request -> request.peer().equals(pod.ip()))));
  }

  private void flooded() {
    story.chapter(
        "reports floods by HTTPS; the gateway allows each source address %d a second"
            .formatted(Gateway.LIMIT));
    CompletableFuture<Void> flood =
        CompletableFuture.runAsync(() -> call("limited/tls", Gateway.TOLD_PORT, reports, FLOOD));
    call("limited/tls", Gateway.TOLD_PORT, orders, CALLS);
    flood.join();
    story.header();
    story.row(reports, gateway.await(path("limited/tls", reports), FLOOD));
    story.row(orders, gateway.await(path("limited/tls", orders), CALLS));
    story.prove(
        "reports is limited, orders is not",
        ofPod("limited/tls", reports).stream().anyMatch(request -> request.status() == 429)
            && ofPod("limited/tls", orders).stream().allMatch(request -> request.status() == 200));
  }

  private void show(String chapter, int port) {
    for (LabPod pod : List.of(reports, orders)) {
      call(chapter, port, pod, CALLS);
    }
    story.header();
    for (LabPod pod : List.of(reports, orders)) {
      story.row(pod, gateway.await(path(chapter, pod), CALLS));
    }
  }

  private static void call(String chapter, int port, LabPod pod, int count) {
    pod.curl("-k", "-o", "/dev/null", url(chapter, port, pod) + "[1-" + count + "]");
  }

  private List<Gateway.Request> ofPod(String chapter, LabPod pod) {
    return gateway.requests(request -> request.uri().startsWith(path(chapter, pod)));
  }

  private static String url(String chapter, int port, LabPod pod) {
    return "https://" + Node.OUTSIDE_ADDRESS + ":" + port + path(chapter, pod);
  }

  private static String path(String chapter, LabPod pod) {
    return "/" + chapter + "/" + pod.name() + "/";
  }

  @Override
  public void close() {
    gateway.close();
  }
}
