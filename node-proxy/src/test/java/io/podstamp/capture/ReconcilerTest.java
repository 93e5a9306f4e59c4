package io.podstamp.capture;

import static io.podstamp.capture.TestAgent.ENABLED;
import static io.podstamp.capture.TestAgent.STRICT;
import static io.podstamp.capture.TestAgent.attachment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.podstamp.config.ListenPorts;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.netns.ShadowRules;
import io.podstamp.netns.Tenant;
import io.podstamp.netns.TestNetns;
import io.podstamp.pod.Attachment;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The agent's decisions, carried out in real namespaces.
@Timeout(120)
class ReconcilerTest {
  private static final Map<String, String> EARLY =
      Map.of("podstamp.io/enabled", "true", "podstamp.io/connect", "early");

  @TempDir private Path state;
  private TestAgent agent;
  private TestNetns pod;

  @BeforeEach
  void start() throws IOException {
    agent = new TestAgent(state);
    agent.namespaces.annotations.put("shop", ENABLED);
    agent.namespaces.annotations.put("quiet", Map.of());
    agent.namespaces.annotations.put("bank", STRICT);
    pod = new TestNetns();
    pod.exec("ip", "link", "set", "lo", "up");
  }

  @AfterEach
  void close() throws IOException {
    agent.close();
    pod.close();
  }

  private String rules() throws IOException {
    return pod.exec("nft", "list", "ruleset");
  }

  private String listeners() throws IOException {
    return pod.exec("ss", "-Htln");
  }

  @Test
  void attach_enabled_hasRulesAndListenersWhenItReturns() throws IOException {
    agent.reconciler.attach(attachment("shop", "web", pod));
    assertThat(rules()).contains("redirect to :15901", "tcp timeout 15s");
    assertThat(listeners())
        .contains("127.0.0.1:15901", "[::1]:15901")
        .doesNotContain("0.0.0.0:15901");
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
  }

  @Test
  void attach_notEnabled_leavesTheNamespaceAlone() throws IOException {
    agent.reconciler.attach(attachment("quiet", "web", pod));
    assertThat(rules()).isEmpty();
    assertThat(listeners()).isEmpty();
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF);
  }

  @Test
  void attach_strict_redirectsWithoutALease() throws IOException {
    agent.reconciler.attach(attachment("bank", "vault", pod));
    assertThat(rules()).contains("redirect to :15901").doesNotContain("@lease");
  }

  @Test
  void reconcile_enabledLater_captures_disabled_takesEverythingOut() throws IOException {
    agent.reconciler.attach(attachment("quiet", "web", pod));
    agent.namespaces.annotations.put("quiet", ENABLED);
    agent.reconciler.reconcile(everyone -> true);
    await()
        .untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED));
    assertThat(rules()).contains("redirect to :15901");

    agent.namespaces.annotations.put("quiet", Map.of());
    agent.reconciler.reconcile(everyone -> true);
    await().untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF));
    assertThat(rules()).isEmpty();
    assertThat(listeners()).isEmpty();
  }

  @Test
  void reconcile_shadow_countsWithoutRedirectOrConntrack_thenCaptures_thenLeaves()
      throws IOException {
    agent.namespaces.annotations.put("quiet", Map.of("podstamp.io/enabled", "shadow"));
    agent.reconciler.attach(attachment("quiet", "web", pod));
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.SHADOW);
    assertThat(rules()).contains("hook output").doesNotContain("nat").doesNotContain("redirect");
    assertThat(listeners()).isEmpty();

    pod.exec("ip", "link", "add", "out", "type", "veth", "peer", "name", "far");
    pod.exec("ip", "link", "set", "far", "up");
    pod.exec("ip", "address", "add", "192.0.2.1/24", "dev", "out");
    pod.exec("ip", "link", "set", "out", "up");
    pod.exec("ip", "neighbour", "add", "192.0.2.80", "lladdr", "02:00:00:00:00:01", "dev", "out");
    pod.exec("sh", "-c", "timeout 0.3 bash -c '</dev/tcp/192.0.2.80/80' 2>/dev/null || true");
    pod.exec("sh", "-c", "timeout 0.3 bash -c '</dev/tcp/192.0.2.80/81' 2>/dev/null || true");
    agent.reconciler.reconcile(everyone -> true);
    await()
        .untilAsserted(
            () -> assertThat(agent.onlyStatus().shadow().getFirst().connections()).isEqualTo(1));
    ShadowRules.Count seen = agent.onlyStatus().shadow().getFirst();
    assertThat(agent.onlyStatus().shadow()).hasSize(1);
    assertThat(seen.port()).isEqualTo(80);
    assertThat(seen.destinations()).containsExactly(new ShadowRules.Destination("192.0.2.80", 1));

    agent.namespaces.annotations.put("quiet", ENABLED);
    agent.reconciler.reconcile(everyone -> true);
    await()
        .untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED));
    assertThat(rules()).contains("redirect to :15901").doesNotContain("counter");

    agent.namespaces.annotations.put("quiet", Map.of("podstamp.io/enabled", "shadow"));
    agent.reconciler.reconcile(everyone -> true);
    await().untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.SHADOW));
    assertThat(rules()).contains("counter").doesNotContain("redirect");

    agent.namespaces.annotations.put("quiet", Map.of());
    agent.reconciler.reconcile(everyone -> true);
    await().untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF));
    assertThat(rules()).isEmpty();
  }

  @Test
  void reconcile_otherPorts_areInTheRules() throws IOException {
    agent.reconciler.attach(attachment("shop", "web", pod));
    agent.namespaces.annotations.put(
        "shop", Map.of("podstamp.io/enabled", "true", "podstamp.io/ports", "8081"));
    agent.reconciler.reconcile(everyone -> true);
    await().untilAsserted(() -> assertThat(rules()).contains("elements = { 8081 }"));
  }

  @Test
  void attach_appHasOurFirstPort_takesTheNext() throws IOException {
    try (TakenPorts _ = new TakenPorts(pod, List.of(15901))) {
      agent.reconciler.attach(attachment("shop", "web", pod));
      assertThat(rules()).contains("redirect to :15902");
    }
  }

  @Test
  void attach_podWithoutIpv6_isCapturedInIpv4() throws IOException {
    pod.exec("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
    agent.reconciler.attach(attachment("shop", "web", pod));
    assertThat(rules()).contains("nfproto ipv4").doesNotContain("nfproto ipv6");
    assertThat(listeners()).contains("127.0.0.1:15901").doesNotContain("[::1]");
  }

  @Test
  void attach_noPortFree_failsAndHoldsNothing() throws IOException {
    Map<String, Long> before = descriptors();
    try (TakenPorts _ = new TakenPorts(pod, ListenPorts.ALL)) {
      assertThatThrownBy(() -> agent.reconciler.attach(attachment("shop", "web", pod)))
          .hasMessageContaining("15904");
      assertThat(agent.onlyStatus().state()).isEqualTo(PodState.FAILED);
      assertThat(agent.onlyStatus().reason()).contains("is free in the Pod");
      assertThat(rules()).isEmpty();
    }
    await().untilAsserted(() -> assertThat(descriptors()).isEqualTo(before));
  }

  @Test
  void leaseFailure_rulesFlushedByHand_areWrittenAgain() throws IOException {
    agent.reconciler.attach(attachment("shop", "web", pod));
    pod.exec("nft", "flush", "ruleset");
    agent.reconciler.renewLeases(LeaseKeeper.LASTING);
    await().untilAsserted(() -> assertThat(rules()).contains("redirect to :15901"));
  }

  /// Strict rules have no lease whose renewal could fail.
  @Test
  void renewLeases_strictRulesFlushedByHand_areWrittenAgain() throws IOException {
    agent.reconciler.attach(attachment("bank", "vault", pod));
    pod.exec("nft", "flush", "ruleset");
    agent.reconciler.renewLeases(LeaseKeeper.LASTING);
    await().untilAsserted(() -> assertThat(rules()).contains("redirect to :15901"));
    assertThat(agent.onlyStatus().repairs().count()).isEqualTo(1);
  }

  /// Both work in one namespace: each has a table of its own, and the agent steps back.
  @Test
  void sidecarInThePod_isLeftAlone_andThePodTakenAgainOnceItHasGone() throws IOException {
    agent.reconciler.attach(attachment("shop", "web", pod));
    String sidecar = "inet " + Tenant.SIDECAR.table();
    pod.exec("nft", "add table " + sidecar);
    agent.reconciler.verifyAll();
    await().untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF));
    assertThat(agent.onlyStatus().reason()).contains("sidecar");
    assertThat(rules()).contains("table " + sidecar).doesNotContain("redirect");

    pod.exec("nft", "delete table " + sidecar);
    agent.reconciler.verifyAll();
    await()
        .untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED));
    agent.reconciler.detach(agent.onlyStatus().attachment().id());
    assertThat(rules()).isEmpty();
  }

  @Test
  void attach_sidecarIsThereAlready_isLeftAlone() throws IOException {
    pod.exec("nft", "add table inet " + Tenant.SIDECAR.table());
    agent.reconciler.attach(attachment("bank", "vault", pod));
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF);
    assertThat(listeners()).isEmpty();
  }

  @Test
  void check_captured_isFine_changedByHand_saysWhat() throws IOException {
    Attachment web = attachment("shop", "web", pod);
    agent.reconciler.attach(web);
    assertThat(agent.reconciler.check(web.id())).isNull();
    pod.exec("nft", "add", "element", "inet", "podstamp", "ports", "{ 443 }");
    assertThat(agent.reconciler.check(web.id())).contains("rules were changed");
    assertThat(agent.reconciler.check("unknown-eth0")).isNull();
  }

  @Test
  void secondAgent_overTheSameStore_capturesTheSamePodOnTheSamePort() throws IOException {
    agent.namespaces.annotations.put("shop", EARLY);
    try (TakenPorts _ = new TakenPorts(pod, List.of(15901))) {
      agent.reconciler.attach(attachment("shop", "web", pod));
    }
    // The first one dies: its sockets go, its rules and its store stay.
    Path nextState = state.resolve("next");
    Path copy = Files.createDirectories(nextState.resolve("attachments"));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(state.resolve("attachments"))) {
      for (Path file : files) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    agent.close();
    try (TestAgent next = new TestAgent(nextState)) {
      next.namespaces.annotations.put("shop", EARLY);
      next.reconciler.start();
      await()
          .untilAsserted(() -> assertThat(next.onlyStatus().state()).isEqualTo(PodState.CAPTURED));
      assertThat(next.onlyStatus().port()).isEqualTo(15902);
      assertThat(rules()).contains("redirect to :15902");
    }
  }

  @Test
  void start_storedPodWhoseNamespaceIsGone_isForgotten() throws IOException {
    try (TestNetns gone = new TestNetns()) {
      agent.reconciler.attach(attachment("quiet", "old", gone));
    }
    try (TestAgent next = new TestAgent(state)) {
      next.reconciler.start().join();
      assertThat(next.reconciler.status()).isEmpty();
    }
  }

  /// The runtime lost the first sandbox and tells of the second one only.
  @Test
  void attach_samePodWithANewNetns_oldOneIsDropped_newOneIsTaken() throws IOException {
    comeAndGo(3);
    Map<String, Long> before = descriptors();
    Attachment second = attachment("shop", "web", pod);
    try (TestNetns lost = new TestNetns()) {
      Attachment first = attachment("shop", "web", lost);
      agent.reconciler.attach(
          new Attachment(
              "container-before",
              first.ifname(),
              first.netns(),
              first.netnsInode(),
              first.pod(),
              first.ips(),
              first.annotations()));
    }
    agent.reconciler.attach(second);

    await().until(() -> agent.reconciler.status().size() == 1);
    assertThat(agent.onlyStatus().attachment().containerId()).isEqualTo("container-web");
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
    assertThat(rules()).contains("redirect to :15901");
    agent.reconciler.detach(second.id());
    await().untilAsserted(() -> assertThat(openedSince(before)).isEmpty());
  }

  /// As a runtime with several networks calls us, once for each interface.
  @Test
  void sandboxWithTwoInterfaces_isCapturedOnce_untilTheLastHasGone() throws IOException {
    Attachment first = attachment("shop", "web", pod);
    Attachment second =
        new Attachment(
            first.containerId(),
            "eth1",
            first.netns(),
            first.netnsInode(),
            first.pod(),
            first.ips(),
            first.annotations());
    agent.reconciler.attach(first);
    agent.reconciler.attach(second);
    assertThat(agent.onlyStatus().attachment().ifname()).isEqualTo("eth0");

    agent.reconciler.detach(second.id());
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
    assertThat(rules()).contains("redirect to :15901");

    agent.reconciler.attach(second);
    agent.reconciler.detach(first.id());
    await()
        .untilAsserted(
            () -> {
              assertThat(agent.onlyStatus().attachment().ifname()).isEqualTo("eth1");
              assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
            });
    assertThat(rules()).contains("redirect to :");

    agent.reconciler.detach(second.id());
    assertThat(agent.reconciler.status()).isEmpty();
    assertThat(rules()).isEmpty();
  }

  @Test
  void attach_loopbackIsDownStill_isCaptured() throws IOException {
    pod.exec("ip", "link", "set", "lo", "down");
    agent.reconciler.attach(attachment("shop", "web", pod));
    assertThat(agent.onlyStatus().state())
        .as(agent.onlyStatus().reason())
        .isEqualTo(PodState.CAPTURED);
    assertThat(pod.exec("ip", "-o", "link", "show", "lo")).contains(",UP");
  }

  @Test
  void hundredPods_attachedAndDetached_leaveNothing() throws IOException {
    comeAndGo(3);
    Map<String, Long> before = descriptors();
    comeAndGo(100);
    await().untilAsserted(() -> assertThat(openedSince(before)).isEmpty());
    Path home = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    assertThat(netnsOfThreads()).isNotEmpty().containsOnly(home);
    try (DirectoryStream<Path> stored = Files.newDirectoryStream(state.resolve("attachments"))) {
      assertThat(stored).isEmpty();
    }
  }

  private static List<Path> netnsOfThreads() throws IOException {
    List<Path> netns = new ArrayList<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        try {
          netns.add(Files.readSymbolicLink(thread.resolve("ns/net")));
        } catch (NoSuchFileException ended) {
          // A thread may end while the list is read.
        }
      }
    }
    return netns;
  }

  private void comeAndGo(int pods) throws IOException {
    for (int i = 0; i < pods; i++) {
      try (TestNetns guest = new TestNetns()) {
        Attachment attachment = attachment("shop", "guest-" + i, guest);
        agent.reconciler.attach(attachment);
        agent.reconciler.detach(attachment.id());
        agent.reconciler.detach(attachment.id());
      }
    }
  }

  /// What is open now and was not open before. Something that was being closed before does no harm.
  private static Map<String, Long> openedSince(Map<String, Long> before) throws IOException {
    Map<String, Long> opened = descriptors();
    opened.entrySet().removeIf(file -> file.getValue() <= before.getOrDefault(file.getKey(), 0L));
    return opened;
  }

  /// What this process has open of the kinds that a Pod costs, and how often.
  private static Map<String, Long> descriptors() throws IOException {
    Map<String, Long> files = new TreeMap<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        String file = target(descriptor);
        if (file.startsWith("net:")
            || file.startsWith("socket:")
            || file.startsWith("/run/netns")) {
          files.merge(file, 1L, Long::sum);
        }
      }
    }
    return files;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException gone) {
      return "gone";
    }
  }
}
