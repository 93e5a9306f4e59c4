package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Two versions of the agent, whose rules read differently, are on one Node for a while; how many
/// seconds is the system property `podstamp.overlap`.
final class OverlapTest {
  /// Enough for the events below; with 60 both would verify twice.
  private static final Duration OVERLAP =
      Duration.ofSeconds(Integer.getInteger("podstamp.overlap", 6));

  private static final Pattern OUR_TABLE_WRITTEN =
      Pattern.compile("^add table inet podstamp", Pattern.MULTILINE);
  private static final String OTHER_RULES = "destinations: {exclude: [198.51.100.0/24]}";
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;

  /// What the kernel tells of every transaction in the Pod is written down.
  @Test
  void twoVersionsOverlap_noRuleIsWrittenTwice_readinessTellsThemApart() {
    try (Lab lab = Lab.withPodstamp(Path.of("../target/podstamp"))) {
      lab.api().createNamespace("shop");
      lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
      LabPod pod = lab.runPod("shop", "web");
      try (Daemon monitor =
              Daemon.start(
                  "nft monitor",
                  pod.netns().inside(java.util.List.of("stdbuf", "-oL", "nft", "monitor")),
                  Lab.FOLDER.resolve("nft-monitor.log"));
          HeldConnection held =
              HeldConnection.open(pod.netns(), Node.OUTSIDE_ADDRESS, EchoServer.PORT)) {
        assertThat(held.get("/before")).contains("X-Client-Hostname: web");
        monitor.await(() -> monitor.logText().contains("new generation"));

        AgentProcess.Newcomer next = lab.agent().startBeside(OTHER_RULES);
        letTimePass(lab, "standing-by");
        assertThat(next.readiness()).isEqualTo("standby");
        assertThat(writes(monitor)).as(monitor.logText()).isZero();
        assertThat(rules(pod)).doesNotContain("198.51.100.0/24");

        // The held connection keeps the old one here, draining.
        Daemon leaving = lab.agent().giveWayTo(next);
        assertThat(held.get("/draining")).contains("X-Client-Hostname: web");
        assertThat(leaving.isAlive()).isTrue();
        assertThat(next.readiness()).isEqualTo("serving");
        letTimePass(lab, "draining");
        assertThat(rules(pod)).contains("198.51.100.0/24");
        assertThat(writes(monitor)).as(monitor.logText()).isEqualTo(1);
        assertThat(pod.curl(ECHO + "/after")).contains("X-Client-Hostname: web");
      }
    }
  }

  /// Both hear of changes that concern the Pod all the time, and change nothing.
  private static void letTimePass(Lab lab, String phase) {
    long beganNanos = System.nanoTime();
    await()
        .atMost(OVERLAP.plusSeconds(30))
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              long nanos = System.nanoTime() - beganNanos;
              lab.api().annotateNamespace("shop", "example.org/" + phase, String.valueOf(nanos));
              return nanos > OVERLAP.toNanos();
            });
  }

  private static long writes(Daemon monitor) {
    Matcher written = OUR_TABLE_WRITTEN.matcher(monitor.logText());
    return written.results().count();
  }

  private static String rules(LabPod pod) {
    return pod.run("nft", "list", "table", "inet", "podstamp").orThrow().out();
  }
}
