package io.podstamp.cniserver;

import static io.podstamp.capture.TestAgent.ENABLED;
import static io.podstamp.capture.TestAgent.STRICT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.capture.PodState;
import io.podstamp.capture.TakenPorts;
import io.podstamp.capture.TestAgent;
import io.podstamp.config.ListenPorts;
import io.podstamp.netns.TestNetns;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the agent answers to each verb, and what it does for it.
@Timeout(60)
class CniVerbsTest {
  private static final String PREV_RESULT =
      "{ \"ips\" : [{\"address\":\"10.1.2.3/24\"}],\"x\":\"\\u00e4\" }";
  private static final String NETWORK = "net";
  private static final String CONF =
      "{\"cniVersion\":\"1.1.0\",\"name\":\""
          + NETWORK
          + "\",\"type\":\"podstamp\",\"prevResult\":"
          + PREV_RESULT
          + "}";

  @TempDir private Path state;
  private TestAgent agent;
  private TestNetns pod;
  private CniVerbs verbs;

  @BeforeEach
  void start() throws IOException {
    agent = new TestAgent(state);
    agent.namespaces.annotations.put("shop", ENABLED);
    agent.namespaces.annotations.put("bank", STRICT);
    pod = new TestNetns();
    verbs = new CniVerbs(agent.reconciler, agent.metrics);
  }

  @AfterEach
  void close() throws IOException {
    agent.close();
    pod.close();
  }

  private Reply call(String command, String netns, String arguments, String conf) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", "abc");
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_NETNS", netns);
    environment.put("CNI_ARGS", arguments);
    environment.put("CNI_PATH", "/opt/cni/bin");
    return verbs.answer(new Request(environment, conf.getBytes(UTF_8)));
  }

  private Reply add(String namespace) {
    return call(
        "ADD",
        pod.path().toString(),
        "K8S_POD_NAMESPACE=" + namespace + ";K8S_POD_NAME=web;K8S_POD_UID=u1",
        CONF);
  }

  private static String text(Reply reply) {
    return new String(reply.stdout(), UTF_8);
  }

  @Test
  void add_printsPrevResultByteForByte_andCaptures() {
    Reply reply = add("shop");
    assertThat(reply.exitCode()).isZero();
    assertThat(text(reply)).isEqualTo(PREV_RESULT);
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
    assertThat(agent.onlyStatus().attachment().ips()).hasToString("[/10.1.2.3]");
  }

  @Test
  void add_again_capturesAfresh() {
    add("shop");
    assertThat(add("shop").exitCode()).isZero();
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
  }

  @Test
  void add_notOfKubernetes_passesThrough_andIsNotTracked() {
    Reply reply = call("ADD", pod.path().toString(), "", CONF);
    assertThat(text(reply)).isEqualTo(PREV_RESULT);
    assertThat(agent.reconciler.status()).isEmpty();
  }

  @Test
  void add_annotationsFromTheRuntime_decide() {
    String conf =
        CONF.replace(
            "\"prevResult\"",
            "\"runtimeConfig\":{\"io.kubernetes.cri.pod-annotations\":{\"podstamp.io/enabled\":\"false\"}},\"prevResult\"");
    call("ADD", pod.path().toString(), "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web", conf);
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/proc/self/ns/net",
        "/proc/1/ns/net",
        "/proc/self/ns/uts",
        "/etc/hostname",
        "/nowhere",
        "/run/netns/../../proc/self/ns/net"
      })
  void add_netnsThatCannotBeOpened_refusesStrictPodsOnly_andSaysWhy(String netns) {
    String name = ";K8S_POD_NAME=web";
    assertThat(text(call("ADD", netns, "K8S_POD_NAMESPACE=quiet" + name, CONF)))
        .isEqualTo(PREV_RESULT);
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.OFF);

    assertThat(text(call("ADD", netns, "K8S_POD_NAMESPACE=shop" + name, CONF)))
        .isEqualTo(PREV_RESULT);
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.FAILED);
    assertThat(agent.onlyStatus().reason()).startsWith("CNI_NETNS: " + netns);

    Reply reply = call("ADD", netns, "K8S_POD_NAMESPACE=bank" + name, CONF);
    assertThat(reply.exitCode()).isEqualTo(1);
    assertThat(text(reply)).contains("\"code\":11,").contains("CNI_NETNS");
  }

  @Test
  void add_containerIdThatLeavesTheStore_isRefused() {
    Reply reply =
        verbs.answer(
            new Request(
                Map.of(
                    "CNI_COMMAND",
                    "ADD",
                    "CNI_CONTAINERID",
                    "../../etc/passwd",
                    "CNI_IFNAME",
                    "eth0",
                    "CNI_NETNS",
                    pod.path().toString()),
                CONF.getBytes(UTF_8)));
    assertThat(text(reply)).contains("\"code\":4,").contains("CNI_CONTAINERID");
    assertThat(agent.reconciler.status()).isEmpty();
  }

  @Test
  void add_podNameWithLineEnd_isRefused() {
    Reply reply =
        call("ADD", pod.path().toString(), "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=a\r\nX: y", CONF);
    assertThat(text(reply)).contains("\"code\":4,");
    assertThat(agent.reconciler.status()).isEmpty();
  }

  @Test
  void add_captureFails_transparentStarts_strictWaits() throws IOException {
    try (TakenPorts _ = new TakenPorts(pod, ListenPorts.ALL)) {
      assertThat(text(add("shop"))).isEqualTo(PREV_RESULT);
      Reply strict = add("bank");
      assertThat(strict.exitCode()).isEqualTo(1);
      assertThat(text(strict)).contains("\"code\":11,").contains("bank/web");
    }
  }

  @Test
  void add_cannotBeWrittenDown_startsCaptured_isWrittenOnceThereIsRoom() throws IOException {
    // A folder stands where its file belongs.
    Path inTheWay = Files.createDirectories(state.resolve("attachments/abc-eth0.json/x"));
    assertThat(text(add("bank"))).isEqualTo(PREV_RESULT);
    assertThat(agent.onlyStatus().state()).isEqualTo(PodState.CAPTURED);
    assertThat(agent.onlyStatus().notRemembered()).isNotEmpty();

    Files.delete(inTheWay);
    Files.delete(Objects.requireNonNull(inTheWay.getParent()));
    agent.reconciler.reconcile(everyone -> true);
    await().until(() -> agent.onlyStatus().notRemembered().isEmpty());
    assertThat(state.resolve("attachments/abc-eth0.json")).isRegularFile();
  }

  @Test
  void del_knownUnknownAndTwice_succeedsSilently() {
    add("shop");
    for (int i = 0; i < 3; i++) {
      Reply reply = call("DEL", "", "", CONF);
      assertThat(reply).isEqualTo(Reply.silence());
      assertThat(agent.reconciler.status()).isEmpty();
    }
    assertThat(call("DEL", "", "", "no JSON")).isEqualTo(Reply.silence());
  }

  /// CRI-O asks about every Pod when it starts, whatever its namespace, and kills what is refused.
  @Test
  void check_unknownOrNotEnabled_succeeds() {
    assertThat(check()).isEqualTo(Reply.silence());
    add("quiet");
    assertThat(check()).isEqualTo(Reply.silence());
  }

  @Test
  void check_transparent_succeeds_captureFailedOrChanged() throws IOException {
    try (TakenPorts _ = new TakenPorts(pod, ListenPorts.ALL)) {
      add("shop");
      assertThat(agent.onlyStatus().state()).isEqualTo(PodState.FAILED);
      assertThat(check()).isEqualTo(Reply.silence());
    }
    add("shop");
    pod.exec("nft", "flush", "ruleset");
    assertThat(check()).isEqualTo(Reply.silence());
  }

  @Test
  void check_strict_failsWhenChanged() throws IOException {
    add("bank");
    assertThat(check()).isEqualTo(Reply.silence());
    pod.exec("nft", "flush", "ruleset");
    assertThat(text(check())).contains("\"code\":100,");
  }

  private Reply check() {
    return call("CHECK", pod.path().toString(), "", CONF);
  }

  @Test
  void gc_listedStays_unlistedGoes() {
    add("shop");
    collect(
        NETWORK, ",\"cni.dev/valid-attachments\":[{\"containerID\":\"abc\",\"ifname\":\"eth0\"}]");
    assertThat(agent.reconciler.status()).hasSize(1);
    collect(NETWORK, ",\"cni.dev/valid-attachments\":[]");
    await().until(() -> agent.reconciler.status().isEmpty());
  }

  /// cnitool sends such a one after DEL, CRI-O for networks without Pods.
  @Test
  void gc_ofAnotherNetwork_orWithoutAList_dropsNothing() throws IOException {
    add("shop");
    agent.reconciler.attach(TestAgent.attachment("quiet", "of-no-network", pod));
    collect("other", ",\"cni.dev/valid-attachments\":[]");
    collect(NETWORK, "");
    collect(NETWORK, ",\"cni.dev/valid-attachments\":null");
    assertThat(agent.reconciler.status()).hasSize(2);
    collect(NETWORK, ",\"cni.dev/valid-attachments\":[]");
    await().until(() -> agent.reconciler.status().size() == 1);
    assertThat(agent.onlyStatus().attachment().network()).isEmpty();
  }

  private void collect(String network, String more) {
    String gc = "{\"cniVersion\":\"1.1.0\",\"name\":\"" + network + "\"" + more + "}";
    assertThat(call("GC", "", "", gc)).isEqualTo(Reply.silence());
  }

  @Test
  void status_alwaysSucceeds() {
    assertThat(call("STATUS", "", "", CONF)).isEqualTo(Reply.silence());
  }

  @Test
  void verbsNewerThanTheConfiguration_areRefused() {
    String old = CONF.replace("1.1.0", "0.4.0");
    assertThat(text(call("GC", "", "", old))).contains("\"cniVersion\":\"0.4.0\",\"code\":1,");
    assertThat(text(call("STATUS", "", "", old))).contains("\"code\":1,");
  }
}
