package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Capturing a Pod turns on connection tracking in its netns. What needs it there, or is tracked
/// only because of us, works on.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class ConntrackTest {
  private static final String ENABLED = "podstamp.io/enabled";
  private static final String STAMP = "X-Client-Hostname: ";
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;

  /// What docker does in its Pod: a bridge, a container on it, and a masquerade.
  private static final String MASQUERADE =
      """
      table ip docker {
        chain postrouting {
          type nat hook postrouting priority 100
          ip saddr 172.18.0.0/24 oifname "eth0" masquerade
        }
      }
      """;

  private Lab lab;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    lab.api().createNamespace("build");
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void podThatDoesNatItself_worksBeforeDuringAndAfter_innerContainersPassUnstamped() {
    LabPod docker = lab.runPod("build", "docker");
    Netns inner = Netns.add("inner");
    try {
      connect(docker.netns(), inner);
      try (HeldConnection held =
          HeldConnection.open(inner, Node.OUTSIDE_ADDRESS, EchoServer.PORT)) {
        assertThat(held.get("/before")).doesNotContain(STAMP);

        enable(docker, "true", "partial"); // its containers pass
        assertThat(held.get("/during")).doesNotContain(STAMP);
        assertThat(inner.run("curl", "-sS", ECHO + "/inner").orThrow().out())
            .startsWith("GET /inner ")
            .doesNotContain(STAMP);
        assertThat(docker.curl(ECHO + "/outer")).contains(STAMP + "docker");

        enable(docker, "false", "off");
        assertThat(held.get("/after")).doesNotContain(STAMP);
      }
      assertThat(inner.run("curl", "-sS", ECHO + "/last").orThrow().out()).startsWith("GET /last ");
      assertThat(docker.run("nft", "list", "ruleset").orThrow().out())
          .contains("masquerade")
          .doesNotContain("podstamp");
    } finally {
      inner.delete();
      lab.deletePod(docker);
    }
  }

  private void enable(LabPod pod, String enabled, String state) {
    lab.api().annotateNamespace(pod.namespace(), ENABLED, enabled);
    await().until(() -> lab.agent().status(pod).get("state").asString().equals(state));
  }

  private static void connect(Netns pod, Netns inner) {
    pod.ip("link", "add", "docker0", "type", "bridge");
    pod.ip("address", "add", "172.18.0.1/24", "dev", "docker0");
    pod.ip("link", "set", "docker0", "up");
    pod.ip("link", "add", "inner0", "type", "veth", "peer", "eth0", "netns", inner.name());
    pod.ip("link", "set", "inner0", "master", "docker0", "up");
    inner.ip("address", "add", "172.18.0.2/24", "dev", "eth0");
    inner.ip("link", "set", "eth0", "up");
    inner.ip("route", "add", "default", "via", "172.18.0.1");
    pod.run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
    Run.of(new ProcessBuilder(pod.inside(java.util.List.of("nft", "-f", "-"))), MASQUERADE)
        .orThrow();
  }
}
