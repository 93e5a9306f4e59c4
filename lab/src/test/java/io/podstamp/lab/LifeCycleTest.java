package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// A running Pod is captured, changed, repaired and released, and its application notices nothing.
/// Each story has a namespace of its own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class LifeCycleTest {
  private static final String ENABLED = "podstamp.io/enabled";
  private static final String PORTS = "podstamp.io/ports";
  private static final String HEADERS = "podstamp.io/headers";
  private static final String PROFILE = "podstamp.io/profile";
  private static final String STAMP = "X-Client-Hostname: ";
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;

  /// Asks for 50 kB through a small window, says that it has no more to say, and reads seconds
  /// later: by then the proxy is done with the connection, and the kernel is not.
  private static final String READS_LATE =
      """
      socket($s, PF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_RCVBUF, 4096);
      connect($s, sockaddr_in(8080, inet_aton($ARGV[0]))) or die;
      syswrite $s, "GET /late HTTP/1.1\\r\\nX-Filler: " . ("f" x 50000) . "\\r\\n\\r\\n";
      shutdown($s, 1);
      sleep 4;
      local $/; $all = <$s>;
      print $all =~ /f{50000}\\r\\n\\r\\n$/s ? "whole" : "cut after " . length $all;
      """;

  private static final Duration REPAIRED = Duration.ofSeconds(30);

  private Lab lab;
  private int stories;
  private String namespace;
  private LabPod pod;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @BeforeEach
  void newPod() {
    namespace = "story-" + ++stories;
    lab.api().createNamespace(namespace);
    pod = lab.runPod(namespace, "app");
  }

  @AfterEach
  void deletePod() {
    lab.api().comeBack();
    lab.agent().configure("");
    lab.deletePod(pod);
  }

  @Test
  void connectionsOpenedBefore_surviveEnabling_reconciling_andDisabling() {
    try (HeldConnection direct = hold()) {
      assertThat(direct.get("/before")).doesNotContain(STAMP);
      enable();
      try (HeldConnection proxied = hold()) {
        assertThat(proxied.get("/enabled")).contains(STAMP + "app");
        assertThat(direct.get("/enabled")).doesNotContain(STAMP);

        set(PORTS, "80,8080,8081"); // other rules, written while both are open
        awaitStatus("captured", "[80,8080,8081]");
        assertThat(proxied.get("/reconciled")).contains(STAMP + "app");
        assertThat(direct.get("/reconciled")).doesNotContain(STAMP);

        set(ENABLED, "false");
        awaitStatus("draining", "[80,8080,8081]");
        assertThat(pod.curl(ECHO + "/new")).doesNotContain(STAMP);
        assertThat(proxied.get("/disabled")).contains(STAMP + "app");
        assertThat(direct.get("/disabled")).doesNotContain(STAMP);
      }
      await().atMost(Duration.ofSeconds(40)).until(() -> state().equals("off"));
      assertThat(direct.get("/after")).doesNotContain(STAMP);
    }
    assertThat(pod.run("nft", "list", "ruleset").orThrow().out()).isEmpty();
    assertThat(listeners()).doesNotContain(":1590");
  }

  @Test
  void disabledWhileTheEndOfAnAnswerWaitsInTheKernel_itArrivesWhole() {
    enable();
    CompletableFuture<Run> download =
        CompletableFuture.supplyAsync(
            () -> pod.run("perl", "-MSocket", "-e", READS_LATE, Node.OUTSIDE_ADDRESS),
            // The API client needs the common pool, which has one thread on two cores.
            task -> Thread.ofVirtual().start(task));
    await().until(() -> lab.echo().heads("/late").size() == 1);
    await().until(() -> lab.agent().status(pod).get("connections").asInt() == 0);
    assertThat(download).isNotDone();

    set(ENABLED, "false");

    assertThat(download.join().orThrow().out()).isEqualTo("whole");
  }

  @Test
  void rulesFlushedByHand_areRestored_andExplainTellsIt() {
    enable();
    double repairs = lab.agent().metric("podstamp_repairs_total");
    assertThat(lab.agent().explain(pod)).doesNotContain("epaired");

    pod.run("nft", "flush", "ruleset").orThrow();

    await()
        .atMost(REPAIRED)
        .until(() -> lab.agent().metric("podstamp_repairs_total") == repairs + 1);
    assertThat(pod.curl(ECHO + "/repaired")).contains(STAMP + "app");
    assertThat(lab.agent().explain(pod))
        .contains("is captured")
        .containsPattern("Repaired once, last at \\d{4}-.*: the redirect rules are gone");
  }

  @Test
  void invalidAnnotations_changeNothingThatWorks_andAreTold() {
    enable();
    set(PORTS, "8080");
    set(HEADERS, "[{name: X-App, value: \"{pod.name}\", mode: set}]");
    awaitStatus("captured", "[8080]");
    assertThat(pod.curl(ECHO + "/valid")).contains("X-App: app").doesNotContain(STAMP);

    set(ENABLED, "ture");
    set(PORTS, "8080,http");
    set(HEADERS, "[{name: X-App");
    set(PROFILE, "strcit");
    await().until(() -> lab.agent().status(pod).get("problems").size() >= 4);

    assertThat(pod.curl(ECHO + "/invalid")).contains("X-App: app").doesNotContain(STAMP);
    assertThat(state()).isEqualTo("captured");
    assertThat(lab.agent().status(pod).get("ports").toString()).isEqualTo("[8080]");
    assertThat(lab.agent().metric("podstamp_pods_with_annotation_problems")).isEqualTo(1);
    assertThat(lab.agent().explain(pod))
        .contains("is captured", "An annotation is not in force: Namespace: podstamp.io/enabled");

    lab.api().removeAnnotation(namespace, ENABLED);
    await().until(() -> state().equals("off"));
  }

  @Test
  void settingsChange_newConnectionsAndRequestsFollow_liveOnesAreNotTouched() {
    enable();
    try (HeldConnection live = hold()) {
      assertThat(live.get("/first")).contains(STAMP + "app");

      set(HEADERS, "[{name: X-App, value: \"{pod.name}\", mode: set}]");
      await().until(() -> live.get("/headers").contains("X-App: app"));

      set(PORTS, "80");
      awaitStatus("captured", "[80]");
      assertThat(pod.curl(ECHO + "/ports")).doesNotContain("X-App");
      assertThat(live.get("/ports")).contains("X-App: app");
      set(PORTS, "8080");
      awaitStatus("captured", "[8080]");

      lab.agent().configure("destinations: {exclude: [" + Node.OUTSIDE_ADDRESS + "/32]}");
      await().until(() -> !pod.curl(ECHO + "/destinations").contains("X-App"));
      assertThat(live.get("/destinations")).contains("X-App: app");
      lab.agent().configure("");
      await().until(() -> pod.curl(ECHO + "/destinations").contains("X-App: app"));

      set(PROFILE, "strict");
      await().until(() -> lab.agent().status(pod).get("profile").asString().equals("strict"));
      assertThat(oddRequest()).startsWith("HTTP/1.1 400 ");
      assertThat(live.get("/strict")).contains("X-App: app");
    }
  }

  @Test
  void podWithoutIpv6_isCapturedAndStamped() {
    pod.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1").orThrow();

    enable();

    assertThat(pod.curl(ECHO + "/v4only")).contains(STAMP + "app");
    assertThat(listeners()).contains("127.0.0.1:15901").doesNotContain("[::1]");
  }

  @Test
  void podWhoseApplicationHasOurFirstPort_isCapturedAndStamped() {
    List<String> application = JavaProgram.command(Echo.class, "15901");
    try (Daemon daemon =
        Daemon.start("app", pod.netns().inside(application), Lab.FOLDER.resolve("app.log"))) {
      daemon.await(() -> listeners().contains(":15901"));

      enable();

      assertThat(pod.curl(ECHO + "/15902")).contains(STAMP + "app");
      assertThat(lab.agent().status(pod).get("listenerPort").asInt()).isEqualTo(15902);
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void apiServerGone_knownAndNewPodsAreStamped_backAgain_labelsAppear() {
    set(
        HEADERS,
        "[{name: X-Client-Hostname, value: \"{pod.name}\"}, {name: X-App, value: \"{pod.labels['app']}\"}]");
    enable();
    lab.api().goAway();

    assertThat(pod.curl(ECHO + "/known")).contains(STAMP + "app").doesNotContain("X-App");
    LabPod young = lab.runPod(namespace, "young", Map.of("any", "annotation"), List.of());
    assertThat(young.curl(ECHO + "/new")).contains(STAMP + "young").doesNotContain("X-App");
    lab.api().labelPod(namespace, "young", "app", "shop");
    lab.api().comeBack();

    await()
        .atMost(Duration.ofSeconds(60)) // the client waits 16 s at most between two attempts
        .until(() -> young.curl(ECHO + "/back").contains("X-App: shop\r\n"));
    assertThat(pod.curl(ECHO + "/back")).contains(STAMP + "app");
    lab.deletePod(young);
  }

  private void enable() {
    set(ENABLED, "true");
    await().until(() -> state().equals("captured"));
  }

  private void set(String annotation, String value) {
    lab.api().annotateNamespace(namespace, annotation, value);
  }

  private String state() {
    return lab.agent().status(pod).get("state").asString();
  }

  private void awaitStatus(String state, String ports) {
    await()
        .until(
            () ->
                state().equals(state)
                    && lab.agent().status(pod).get("ports").toString().equals(ports));
  }

  private HeldConnection hold() {
    return HeldConnection.open(pod.netns(), Node.OUTSIDE_ADDRESS, EchoServer.PORT);
  }

  private String listeners() {
    return pod.run("ss", "-Htln").orThrow().out();
  }

  /// A request that no server can read with certainty.
  private String oddRequest() {
    String request = "printf 'GET  / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'";
    return pod.run(
            "bash",
            "-c",
            "exec 3<>/dev/tcp/$0/8080; " + request + " >&3; timeout 5 head -1 <&3",
            Node.OUTSIDE_ADDRESS)
        .out();
  }
}
