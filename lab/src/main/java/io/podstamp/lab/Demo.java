package io.podstamp.lab;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/// The story of podstamp on real packets, told by `scripts/demo.sh`. Ctrl-C needs no care here: the
/// namespaces of `in-own-node.sh` go, and everything with them.
public final class Demo {
  private static final String NAMESPACE = "shop";
  private static final Duration STAMPED_WITHIN = Duration.ofSeconds(20);
  private static final Duration DIRECT_WITHIN = Duration.ofSeconds(20);
  private static final int CALLS = 3;
  private static final int FLOOD = 300;

  private final Lab lab;
  private final Story story;
  private final LabPod reports;
  private final LabPod orders;

  private Demo(Lab lab, Story story) {
    this.lab = lab;
    this.story = story;
    lab.api().createNamespace(NAMESPACE);
    this.reports = lab.runPod(NAMESPACE, "reports");
    this.orders = lab.runPod(NAMESPACE, "orders");
  }

  /// Exits with 0 if every chapter was proven.
  ///
  /// @param arguments `--keep`, or none
  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    boolean keep = List.of(arguments).contains("--keep");
    System.exit(run(Path.of("target/podstamp"), keep, out) ? 0 : 1);
  }

  /// Tells the story on a fresh lab.
  ///
  /// @param keep to stay afterwards, until somebody presses Enter
  /// @return whether every chapter was proven
  static boolean run(Path podstamp, boolean keep, PrintStream out) {
    try (Lab lab = Lab.withPodstamp(podstamp)) {
      try {
        Demo demo = new Demo(lab, new Story(out));
        demo.tell();
        if (keep) {
          demo.keep(out);
        }
        return true;
      } catch (Story.NotProven | IllegalStateException | CniException e) {
        out.println("\n  " + e.getMessage() + "\n\n  The agent's log:\n" + lab.agent().logText());
        return false;
      }
    }
  }

  private void tell() {
    story.say(
        "A Node (%s) with two Pods; a gateway outside (%s).", Node.ADDRESS, Node.OUTSIDE_ADDRESS);
    story.say("The tables show what is in the gateway's own access log.");
    withoutPodstamp();
    annotated();
    flooded();
    try (DemoOfTls tls = new DemoOfTls(lab, story, Lab.FOLDER, reports, orders)) {
      tls.tell();
    }
    killed();
    story.say("");
  }

  private void withoutPodstamp() {
    story.chapter("Without podstamp, every Pod looks like the Node");
    callAndShow("before");
    story.prove(
        "nobody can tell who called",
        all("before", request -> request.peer().equals(Node.ADDRESS) && unstamped(request)));
  }

  private void annotated() {
    story.chapter("kubectl annotate namespace " + NAMESPACE + " podstamp.io/enabled=true");
    lab.api().annotateNamespace(NAMESPACE, "podstamp.io/enabled", "true");
    for (LabPod pod : List.of(reports, orders)) {
      Wait.until(STAMPED_WITHIN, () -> probeIsStamped(pod));
    }
    callAndShow("after");
    story.prove(
        "the same calls now carry each Pod's name and IP",
        ofPod("after", reports).stream().allMatch(request -> stamped(request, reports))
            && ofPod("after", orders).stream().allMatch(request -> stamped(request, orders)));
  }

  private void flooded() {
    story.chapter(
        "reports floods; the gateway allows each X-Client-Hostname %d a second"
            .formatted(Gateway.LIMIT));
    CompletableFuture<Void> flood =
        CompletableFuture.runAsync(() -> call("limited/flood", reports, FLOOD));
    call("limited/flood", orders, CALLS);
    flood.join();
    story.header();
    row("limited/flood", reports, FLOOD);
    row("limited/flood", orders, CALLS);
    story.prove(
        "reports is limited, orders is not",
        ofPod("limited/flood", reports).stream().anyMatch(request -> request.status() == 429)
            && ofPod("limited/flood", orders).stream()
                .allMatch(request -> request.status() == 200 && stamped(request, orders)));
  }

  private void killed() {
    story.chapter("kill -9 of the agent; orders keeps calling");
    lab.agent().kill();
    long startNanos = System.nanoTime();
    boolean direct =
        Wait.until(DIRECT_WITHIN, () -> orders.curlRun(url("recovery", orders)).isOk());
    Duration outage = Duration.ofNanos(System.nanoTime() - startNanos);
    story.prove(
        "the kernel lets new connections go direct: the next call succeeds %.1f s later"
            .formatted(outage.toMillis() / 1000.0),
        direct);
    call("killed", orders, CALLS);
    story.header();
    row("killed", orders, CALLS);
    story.prove(
        "traffic goes direct, nothing has to be repaired",
        all("killed", request -> request.status() == 200 && unstamped(request)));
  }

  private void callAndShow(String chapter) {
    for (LabPod pod : List.of(reports, orders)) {
      call(chapter, pod, CALLS);
    }
    story.header();
    for (LabPod pod : List.of(reports, orders)) {
      row(chapter, pod, CALLS);
    }
  }

  private void row(String chapter, LabPod pod, int count) {
    story.row(pod, lab.gateway().await(path(chapter, pod), count));
  }

  private void call(String chapter, LabPod pod, int count) {
    pod.curl("-o", "/dev/null", url(chapter, pod) + "[1-" + count + "]");
  }

  private boolean probeIsStamped(LabPod pod) {
    return pod.curlRun(url("probe", pod)).isOk()
        && ofPod("probe", pod).stream().anyMatch(request -> stamped(request, pod));
  }

  private boolean all(String chapter, Predicate<Gateway.Request> fact) {
    return lab.gateway().requests(r -> r.uri().startsWith("/" + chapter + "/")).stream()
        .allMatch(fact);
  }

  private List<Gateway.Request> ofPod(String chapter, LabPod pod) {
    return lab.gateway().requests(request -> request.uri().startsWith(path(chapter, pod)));
  }

  private static boolean stamped(Gateway.Request request, LabPod pod) {
    return request.hostname().equals(pod.name()) && request.forwardedFor().equals(pod.ip());
  }

  private static boolean unstamped(Gateway.Request request) {
    return request.hostname().isEmpty() && request.forwardedFor().isEmpty();
  }

  private static String url(String chapter, LabPod pod) {
    return "http://" + Node.OUTSIDE_ADDRESS + path(chapter, pod);
  }

  /// Who calls and why is in the path, so that the log tells it without the stamp.
  private static String path(String chapter, LabPod pod) {
    return "/" + chapter + "/" + pod.name() + "/";
  }

  private void keep(PrintStream out) {
    lab.agent().restart();
    out.printf(
        """
             The agent runs again. In another terminal, as the same user:

               node() { %1$s "$@"; }
               node bash                                  # the Node
               node %2$s bash   # the Pod %3$s
               node %4$s bash   # the Pod %5$s
               curl -s http://%6$s/hello            # there, and see it arrive:
               node tail -f %7$s/gateway/access.log

             Enter or Ctrl-C takes everything away.
        """,
        System.getenv("PODSTAMP_NODE"),
        String.join(" ", reports.netns().inside(List.of())),
        reports.name(),
        String.join(" ", orders.netns().inside(List.of())),
        orders.name(),
        Node.OUTSIDE_ADDRESS,
        Lab.FOLDER);
    try {
      if (System.in.read() < 0) {
        new CountDownLatch(1).await(); // no terminal: until somebody ends this process
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
