package io.podstamp.adoption;

import static io.podstamp.capture.TestAgent.ENABLED;
import static io.podstamp.capture.TestAgent.attachment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.capture.PodState;
import io.podstamp.capture.TestAgent;
import io.podstamp.identity.PodRecord;
import io.podstamp.netns.NetnsDirectory;
import io.podstamp.netns.TestNetns;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Pods that run without CNI having told, in real namespaces.
@Timeout(120)
class AdoptionTest {
  private static final InetAddress IP = InetAddress.ofLiteral("10.1.2.3");

  @TempDir private Path state;
  @TempDir private Path results;
  private TestAgent agent;
  private TestNetns pod;
  private TestNetns neighbour;
  private Adoption adoption;

  @BeforeEach
  void start() throws IOException {
    agent = new TestAgent(state);
    agent.namespaces.annotations.put("shop", ENABLED);
    agent.namespaces.annotations.put("quiet", Map.of());
    pod = new TestNetns();
    neighbour = new TestNetns();
    pod.exec("ip", "address", "add", "10.1.2.3/32", "dev", "lo");
    neighbour.exec("ip", "address", "add", "10.1.2.4/32", "dev", "lo");
    adoption = adoption(Path.of("/run/netns"));
  }

  @AfterEach
  void close() throws IOException {
    adoption.close();
    agent.close();
    pod.close();
    neighbour.close();
  }

  @Test
  void enabledPod_isCapturedInTheNamespaceThatOwnsItsAddress() throws IOException {
    agent.namespaces.pods.add(
        TestAgent.record("shop", "web", PodRecord.Life.LIVE, List.of(IP), false));

    adoption.adoptAll();

    assertCaptured();
    assertThat(pod.exec("nft", "list", "ruleset")).contains("redirect to :15901");
    assertThat(neighbour.exec("nft", "list", "ruleset")).isEmpty();
    assertThat(agent.onlyStatus().attachment().containerId()).isEqualTo("pod-uid-web");
  }

  @Test
  void adoptedTwice_isOnePod_andGcLeavesWhatItCannotName() throws IOException {
    agent.namespaces.pods.add(
        TestAgent.record("shop", "web", PodRecord.Life.LIVE, List.of(IP), false));
    adoption.adoptAll();
    assertCaptured();

    adoption.adoptAll();
    agent.reconciler.detachAllBut("podnet", Set.of());

    assertCaptured();
  }

  @Test
  void cniResult_givesTheIdByWhichCniDeletesIt() throws IOException {
    agent.namespaces.pods.add(
        TestAgent.record("shop", "web", PodRecord.Life.LIVE, List.of(IP), false));
    Files.writeString(results.resolve("broken"), "{");
    Files.writeString(
        results.resolve("podnet-abc-net1"),
        """
        {"kind": "cniCacheV1", "containerId": "abc", "ifName": "net1", "networkName": "podnet",
         "netns": "%s",
         "cniArgs": [["IgnoreUnknown", "1"], ["K8S_POD_NAMESPACE", "shop"], ["K8S_POD_NAME", "web"],
                     ["K8S_POD_UID", "uid-web"]]}
        """
            .formatted(neighbour.path())); // of an earlier sandbox: it does not own the address

    adoption.adoptAll();

    assertCaptured();
    assertThat(agent.onlyStatus().attachment().id()).isEqualTo("abc-net1");
    assertThat(agent.onlyStatus().attachment().network()).isEqualTo("podnet");
    assertThat(agent.onlyStatus().attachment().netns()).isEqualTo(pod.path());
    agent.reconciler.detach("abc-net1");
    assertThat(agent.reconciler.status()).isEmpty();
  }

  @Test
  void cniResultOfAStaticPod_isFoundByTheUidThatItsMirrorNames() throws IOException {
    PodRecord web = TestAgent.record("shop", "web", PodRecord.Life.LIVE, List.of(IP), false);
    agent.namespaces.pods.add(
        new PodRecord(
            web.ref(),
            web.ips(),
            web.hostname(),
            null,
            Map.of(),
            Map.of("kubernetes.io/config.mirror", "0a1b2c"),
            web.workload(),
            null,
            false,
            false,
            web.life(),
            web.startedAt(),
            null,
            Set.of(),
            List.of()));
    Files.writeString(
        results.resolve("podnet-abc-net1"),
        """
        {"containerId": "abc", "ifName": "net1",
         "cniArgs": [["K8S_POD_NAMESPACE", "shop"], ["K8S_POD_NAME", "web"],
                     ["K8S_POD_UID", "0a1b2c"]]}
        """);

    adoption.adoptAll();

    assertCaptured();
    assertThat(agent.onlyStatus().attachment().id()).isEqualTo("abc-net1");
  }

  @Test
  void podsThatMustNotBe_areLeftAlone() throws IOException {
    agent.namespaces.pods.add(
        TestAgent.record("quiet", "off", PodRecord.Life.LIVE, List.of(IP), false));
    agent.namespaces.pods.add(
        TestAgent.record("shop", "done", PodRecord.Life.TERMINATED, List.of(IP), false));
    agent.namespaces.pods.add(
        TestAgent.record("shop", "host", PodRecord.Life.LIVE, List.of(IP), true));

    adoption.adoptAll();

    assertThat(agent.reconciler.status()).isEmpty();
  }

  /// An address that was handed on: the first in the list is who has it by the directory.
  @Test
  void addressThatIsAnotherPodsByNow_isNoProof() throws IOException {
    agent.namespaces.pods.add(
        TestAgent.record("quiet", "heir", PodRecord.Life.LIVE, List.of(IP), false));
    agent.namespaces.pods.add(
        TestAgent.record("shop", "stale", PodRecord.Life.LIVE, List.of(IP), false));

    adoption.adoptAll();

    assertThat(agent.reconciler.status()).isEmpty();
  }

  @Test
  void attachedPod_andItsNamespace_areLeftToTheirAttachment() throws IOException {
    agent.reconciler.attach(attachment("shop", "web", pod));
    agent.namespaces.pods.add(
        TestAgent.record("shop", "twin", PodRecord.Life.LIVE, List.of(IP), false));

    adoption.adoptAll();

    assertThat(agent.onlyStatus().attachment().pod().name()).isEqualTo("web");
  }

  /// A namespace that lets everybody bind to anything proves nothing.
  @Test
  void namespaceWithNonlocalBind_isNotTakenForThePods() throws IOException {
    neighbour.exec("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1");
    InetAddress nowhere = InetAddress.ofLiteral("10.9.9.9");
    agent.namespaces.pods.add(
        TestAgent.record("shop", "web", PodRecord.Life.LIVE, List.of(nowhere), false));

    adoption.adoptAll();

    assertThat(agent.reconciler.status()).isEmpty();
  }

  @Test
  void noSuchDirectory_isNoError() throws IOException {
    agent.namespaces.pods.add(
        TestAgent.record("shop", "web", PodRecord.Life.LIVE, List.of(IP), false));
    try (Adoption elsewhere = adoption(state.resolve("nowhere"))) {
      elsewhere.adoptAll();
    }
    assertThat(agent.reconciler.status()).isEmpty();
  }

  private Adoption adoption(Path netnsDir) {
    return new Adoption(
        agent.namespaces,
        agent.policies,
        agent.reconciler,
        new NetnsDirectory(netnsDir, agent.doorway),
        results);
  }

  private void assertCaptured() {
    await()
        .untilAsserted(() -> assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED));
  }
}
