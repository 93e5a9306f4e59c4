package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The calls of each container runtime, as they were read in its source: whatever is called, only
/// strict Pods are refused, and nothing stays behind.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class RuntimesTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String STAMP = "X-Client-Hostname: ";
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT;

  /// Listens where podstamp's listener would, and on no other address.
  private static final String TAKES_OUR_PORTS =
      """
      import socket, time
      held = [socket.create_server(("127.0.0.1", port)) for port in range(15901, 15905)]
      time.sleep(600)
      """;

  private static final int TRY_AGAIN_LATER = 11;

  private final List<Daemon> takers = new ArrayList<>();
  private int stories;
  private Lab lab;
  private CniRuntime cni;

  @BeforeAll
  void up() {
    Path podstamp = Path.of("../target/podstamp").toAbsolutePath().normalize();
    lab = Lab.withPodstamp(podstamp, "--cni-results=" + Lab.FOLDER.resolve(CniRuntime.RESULTS));
    cni = CniRuntime.bridge(Lab.FOLDER).withPodstamp(podstamp.resolve("cni"), AgentProcess.SOCKET);
    lab.api().createNamespace("plain");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
    lab.api().createNamespace("bank");
    lab.api().annotateNamespace("bank", "podstamp.io/enabled", "true");
    lab.api().annotateNamespace("bank", "podstamp.io/profile", "strict");
    await().atMost(LIMIT).until(RuntimesTest::strictNamespaceIsListed);
  }

  private static boolean strictNamespaceIsListed() throws IOException {
    return Files.exists(AgentProcess.STRICT_NAMESPACES)
        && Files.readAllLines(AgentProcess.STRICT_NAMESPACES).contains("bank");
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @AfterEach
  void freePorts() {
    takers.forEach(Daemon::close);
    takers.clear();
  }

  @ParameterizedTest
  @MethodSource("io.podstamp.lab.CallSequence#ofPods")
  void podsStart_outliveTheRuntimeAndTheAgent_andLeaveNothing(CallSequence sequence) {
    RuntimeReplay runtime = new RuntimeReplay(sequence, cni, lab.api());
    stories++;
    LabPod plain = runtime.start("plain", "plain-" + stories);
    LabPod shop = runtime.start("shop", "shop-" + stories);
    LabPod bank = runtime.start("bank", "bank-" + stories);
    List<LabPod> pods = List.of(plain, shop, bank);

    runtime.restart();
    assertThat(plain.curl(ECHO + "/plain")).doesNotContain(STAMP);
    assertThat(shop.curl(ECHO + "/shop")).contains(STAMP + shop.name());
    assertThat(bank.curl(ECHO + "/bank")).contains(STAMP + bank.name());

    lab.agent().kill();
    runtime.restart();
    LabPod meanwhile = runtime.start("shop", "meanwhile-" + stories);
    assertThatThrownBy(() -> runtime.start("bank", "waits-" + stories))
        .isInstanceOfSatisfying(
            CniException.class, e -> assertThat(e.code()).isEqualTo(TRY_AGAIN_LATER));
    lab.agent().restart();
    for (LabPod pod : List.of(shop, bank, meanwhile)) {
      await().atMost(LIMIT).until(() -> pod.curl(ECHO + "/").contains(STAMP + pod.name()));
    }

    shop.run("nft", "flush", "ruleset").orThrow();
    runtime.restart();

    for (LabPod pod : pods) {
      end(runtime, pod);
    }
    end(runtime, meanwhile);
    runtime.restart();
    await().atMost(LIMIT).until(() -> lab.agent().statuses().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("io.podstamp.lab.CallSequence#ofPods")
  void captureFails_onlyTheStrictPodIsRefused(CallSequence sequence) {
    RuntimeReplay runtime = new RuntimeReplay(sequence, cni, lab.api());
    stories++;
    LabPod shop = runtime.start("shop", "failed-" + stories, this::takeOurPorts);
    assertThat(lab.agent().status(shop).get("state").asString()).isEqualTo("failed");
    runtime.restart();
    assertThat(shop.curl(ECHO + "/shop")).doesNotContain(STAMP);

    assertThatThrownBy(() -> runtime.start("bank", "failed-" + stories, this::takeOurPorts))
        .isInstanceOfSatisfying(
            CniException.class, e -> assertThat(e.code()).isEqualTo(TRY_AGAIN_LATER));

    end(runtime, shop);
    await().atMost(LIMIT).until(() -> lab.agent().statuses().isEmpty());
  }

  @Test
  void containersThatAreNoPods_pass_withAndWithoutAnAgent() {
    Netns netns = Netns.add("container");
    try (Daemon process =
        Daemon.start(
            "container",
            netns.inside(List.of("sleep", "infinity")),
            Lab.FOLDER.resolve("container.log"))) {
      runContainers(netns, process.pid());
      assertThat(lab.agent().statuses()).isEmpty();
      lab.agent().kill();
      runContainers(netns, process.pid());
      lab.agent().restart();
      assertThat(lab.agent().statuses()).isEmpty();
    } finally {
      netns.delete();
    }
  }

  private void runContainers(Netns netns, long process) {
    List<CallSequence> sequences = CallSequence.ofOtherContainers().toList();
    assertThat(sequences).isNotEmpty();
    for (CallSequence sequence : sequences) {
      RuntimeReplay runtime = new RuntimeReplay(sequence, cni.onAgentDown("closed"), lab.api());
      assertThat(runtime.runContainer(netns, process)).as(sequence.name()).contains("\"ips\":[]");
    }
  }

  /// Neither a rule nor a listener is in the netns once the runtime has said DEL.
  private static void end(RuntimeReplay runtime, LabPod pod) {
    runtime.disconnect(pod);
    assertThat(pod.run("nft", "list", "ruleset").orThrow().out()).doesNotContain("podstamp");
    assertThat(pod.run("ss", "-Htlnp").orThrow().out()).doesNotContain("java");
    runtime.remove(pod);
  }

  private void takeOurPorts(Netns netns) {
    takers.add(
        Daemon.start(
                "taker",
                netns.inside(List.of("python3", "-c", TAKES_OUR_PORTS)),
                Lab.FOLDER.resolve("taker.log"))
            .await(() -> netns.run("ss", "-Htln").out().contains(":15904")));
  }
}
