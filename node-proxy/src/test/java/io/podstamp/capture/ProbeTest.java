package io.podstamp.capture;

import static io.podstamp.capture.TestAgent.ENABLED;
import static io.podstamp.capture.TestAgent.STRICT;
import static io.podstamp.capture.TestAgent.attachment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.netns.TestNetns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A Pod with a way out, over which nothing of a probe may go.
@Timeout(120)
class ProbeTest {
  /// As docker-in-docker, a mesh or a curious operator may have it: it comes before our table.
  private static final String ANOTHER_REDIRECT =
      "add table ip first; add chain ip first o { type nat hook output priority -101; };"
          + " add rule ip first o tcp dport 80 dnat to 127.0.0.1:9";

  /// What makes a kernel route from loopback, and to it.
  private static final List<String> HOSTILE =
      List.of(
          "net.ipv4.ip_forward=1",
          "net.ipv4.conf.all.route_localnet=1",
          "net.ipv4.conf.all.accept_local=1",
          "net.ipv4.conf.all.rp_filter=0",
          "net.ipv4.conf.lo.rp_filter=0");

  @TempDir private Path state;
  private TestAgent agent;
  private TestNetns pod;
  private TestNetns world;

  @BeforeEach
  void start() throws IOException {
    agent = new TestAgent(state);
    agent.namespaces.annotations.put("shop", ENABLED);
    agent.namespaces.annotations.put("bank", STRICT);
    pod = new TestNetns();
    world = new TestNetns();
    String name = world.path().getFileName().toString();
    pod.exec("ip", "link", "add", "eth0", "type", "veth", "peer", "eth0", "netns", name);
    for (TestNetns end : List.of(pod, world)) {
      end.exec("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"); // it chatters
      end.exec("ip", "link", "set", "eth0", "up");
    }
    pod.exec("ip", "address", "add", "10.1.2.3/24", "dev", "eth0");
    pod.exec("ip", "route", "add", "default", "via", "10.1.2.1");
  }

  @AfterEach
  void close() throws IOException {
    agent.close();
    pod.close();
    world.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"shop", "bank"})
  void captured_isProved_andNothingLeavesThePod(String namespace) throws IOException {
    agent.reconciler.attach(attachment(namespace, "web", pod));

    await().until(() -> agent.onlyStatus().proof().endsWith("was captured"));
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
    assertThat(packetsOutside()).isZero();
    assertThat(agent.metrics.openConnections()).isZero();
  }

  @Test
  void anotherTableRedirectsFirst_isToldAsFailure_andGoneAgain_isCaptured() throws IOException {
    agent.reconciler.attach(attachment("shop", "web", pod));
    await().until(() -> agent.onlyStatus().proof().endsWith("was captured"));
    PodOwner owner = agent.reconciler.owners().findFirst().orElseThrow();

    pod.exec("nft", ANOTHER_REDIRECT);
    pod.exec("nft", "add", "element", "inet", "podstamp", "ports", "{ 443 }");
    owner.verify().join();

    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.FAILED);
    assertThat(agent.onlyStatus().reason()).contains("made inside the Pod was not captured");
    assertThat(agent.onlyStatus().repairs().count()).isEqualTo(1);
    assertThat(packetsOutside()).isZero();

    pod.exec("nft", "delete", "table", "ip", "first");
    owner.verify().join();
    agent.reconciler.reconcile(everyone -> true);
    await().until(() -> agent.onlyStatus().state() == PodState.CAPTURED);
  }

  /// Rules go, and a server of the Pod's own listens where the probe goes.
  @Test
  void rulesGone_probeReachesNobody() throws IOException {
    for (String setting : HOSTILE) {
      pod.exec("sysctl", "-qw", setting);
    }
    agent.reconciler.attach(attachment("shop", "web", pod));
    await().until(() -> agent.onlyStatus().proof().endsWith("was captured"));
    Process server =
        new ProcessBuilder(
                "nsenter",
                "--net=" + pod.path(),
                "perl",
                "-MIO::Socket::INET",
                "-e",
                "$s = IO::Socket::INET->new(LocalPort => 80, Listen => 1) or die; accept($c, $s); print 'reached'")
            .start();
    try {
      await().until(() -> pod.exec("ss", "-Htln").contains("0.0.0.0:80"));
      PodOwner owner = agent.reconciler.owners().findFirst().orElseThrow();

      pod.exec("nft", "flush", "ruleset");

      assertThat(Objects.requireNonNull(owner.held()).redirect().probe())
          .contains("was not captured");
      assertThat(packetsOutside()).isZero();
      assertThat(server.getInputStream().available()).isZero();
      assertThat(server.isAlive()).isTrue();
    } finally {
      server.destroyForcibly().onExit().join();
    }
  }

  /// The far end has no address: an ARP request would be counted too.
  private long packetsOutside() throws IOException {
    return Long.parseLong(
        world
            .exec("ip", "-s", "-o", "link", "show", "eth0")
            .replaceAll("(?s).*RX:[^\\\\]*\\\\\\s*\\d+\\s+(\\d+).*", "$1")
            .strip());
  }
}
