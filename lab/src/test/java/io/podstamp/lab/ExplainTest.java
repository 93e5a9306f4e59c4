package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an operator is told who asks why a Pod is not captured, for everything that can be wrong;
/// and the other commands that look at a Node.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class ExplainTest {
  private static final String ENABLED = "podstamp.io/enabled";
  private static final Path GOLDEN = Path.of("src/test/resources/io/podstamp/lab/explain.txt");
  private static final Path SAID = Path.of("target/explain.txt");
  private static final Path CNI = Path.of("/run/podstamp-cni");
  private static final Path CONFLIST = CNI.resolve("conf/10-net.conflist");
  private static final String NETWORK =
      """
      {"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "bridge"}]}
      """;

  /// Ways by which traffic leaves a Pod without meeting its rules: a situation, the Pod, and what
  /// makes it.
  private record WayPast(String situation, String pod, List<String> commands) {}

  private static final List<WayPast> WAYS_PAST =
      List.of(
          new WayPast(
              "container behind a bridge in the Pod",
              "docker",
              List.of(
                  "sysctl -qw net.ipv4.ip_forward=1",
                  "ip link add docker0 type bridge",
                  "ip addr add 172.30.0.1/24 dev docker0",
                  "ip link add veth1 type veth peer name veth2",
                  "ip link set veth1 master docker0")),
          new WayPast(
              "guest fed by traffic control, as Kata Containers does",
              "kata",
              List.of("ip tuntap add tap0_kata mode tap", "tc qdisc add dev tap0_kata ingress")),
          new WayPast(
              "guest bridged to the Pod's interface",
              "guest",
              List.of(
                  "ip tuntap add tap0 mode tap",
                  "ip link add br0 type bridge",
                  "ip link set tap0 master br0",
                  "ip link set eth0 master br0")),
          new WayPast(
              "guest with a macvtap",
              "macvtap",
              List.of("ip link add link eth0 name macvtap0 type macvtap mode bridge")),
          new WayPast(
              "network stack outside the kernel, as gVisor's",
              "gvisor",
              List.of("ip addr flush dev eth0", "ip -6 addr flush dev eth0")),
          new WayPast(
              "connections without connection tracking",
              "untracked",
              List.of(
                  "nft 'add table inet own; add chain inet own out { type filter hook output priority raw; };"
                      + " add rule inet own out tcp dport 80 notrack'")),
          new WayPast(
              "destinations translated by the Pod's own rules",
              "translated",
              List.of(
                  "nft 'add table ip own; add chain ip own out { type nat hook output priority -150; };"
                      + " add rule ip own out tcp dport 8000 dnat to 192.0.2.1:80'")));

  /// A loop counts as silent after 7 s, and leases last 15 s.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Lab lab;

  @BeforeAll
  void up() throws IOException {
    Files.createDirectories(CNI.resolve("bin"));
    Files.createDirectories(CONFLIST.getParent());
    Files.writeString(CONFLIST, NETWORK);
    lab =
        Lab.withPodstamp(
            Path.of("../target/podstamp"),
            "--cni-bin-dir=" + CNI.resolve("bin"),
            "--cni-conf-dir=" + CONFLIST.getParent());
    lab.api().createNamespace("off");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", ENABLED, "true");
  }

  @AfterAll
  void down() {
    lab.close();
    Run.ok("rm", "-rf", CNI.toString());
  }

  @Test
  void brokenSituations_areEachToldWithCauseAndRemedy() throws IOException {
    StringBuilder said = new StringBuilder();
    LabPod web = pod("shop", "web", Map.of());
    WAYS_PAST.forEach(this::make); // the agent looks for them every 30 s
    tell(said, "all is well", web);

    tell(said, "namespace not annotated", pod("off", "plain", Map.of()));
    tell(said, "opt-out on the Pod", pod("shop", "quiet", Map.of(ENABLED, "false")));
    createHostPod();
    tell(said, "hostNetwork", until("shop/node-exporter", "hostNetwork"));
    tell(said, "other mesh's Pod", pod("shop", "meshed", Map.of("sidecar.istio.io/status", "{}")));

    LabPod flushed = pod("shop", "flushed", Map.of());
    flushed.run("nft", "flush", "ruleset").orThrow();
    tell(said, "rules flushed", until("shop/flushed", "Repaired"));

    LabPod replaced = pod("shop", "replaced", Map.of());
    replaced.netns().delete();
    Netns.add(replaced.netns().name());
    tell(said, "netns replaced", until("shop/replaced", "Its network namespace was gone"));

    for (WayPast way : WAYS_PAST) {
      tell(said, way.situation(), untilNot("shop/" + way.pod(), " is captured: "));
    }

    lab.api().goAway();
    tell(said, "agent without API", until("shop/web", "The API server"));
    lab.api().comeBack();
    await().atMost(PATIENCE).until(() -> !explain("shop/web").contains("The API server"));

    lab.agent().configure("nonsense: [1]");
    tell(said, "config broken", until("shop/web", "The config file"));
    lab.agent().configure("");
    await().atMost(PATIENCE).until(() -> !explain("shop/web").contains("The config file"));

    try (FrozenThread frozen = FrozenThread.of(lab.agent().facts().pid(), "event-loop-")) {
      assertThat(frozen.debugger().isAlive()).isTrue();
      tell(said, "lease lapsed", until("shop/web", "Its lease ran out"));
    }
    await().atMost(PATIENCE).until(() -> !explain("shop/web").contains("Its lease ran out"));

    tell(said, "conflist overwritten", whileOverwritten(() -> explain("shop/web")));

    Files.writeString(SAID, said);
    assertThat(said.toString()).as("see %s", SAID).isEqualTo(Files.readString(GOLDEN));
  }

  @Test
  void pods_showsWhatWentThrough() {
    LabPod pod = pod("shop", "counted", Map.of());
    pod.curl("http://" + Node.OUTSIDE_ADDRESS + "/a", "http://" + Node.OUTSIDE_ADDRESS + "/b");

    assertThat(lab.agent().podstamp("pods").orThrow().out())
        .containsPattern("POD +STATE +VERIFIED")
        .containsPattern("shop/counted +captured +\\d+ s ago +\\d+ +- +2 +100 %")
        .doesNotContain("\033");
    JsonNode status = lab.agent().status(pod);
    assertThat(status.at("/counts/requestsStamped").asInt()).isEqualTo(2);
    assertThat(status.at("/counts/connections").asInt()).isEqualTo(1);
    assertThat(lab.agent().podstamp("explain", "--output=json", "shop/counted").orThrow().out())
        .contains("\"verdict\":\"captured\"", "\"remedies\":[]");
    lab.deletePod(pod);
  }

  @Test
  void adminPort_showsConfigAndAttachments() {
    LabPod pod = pod("shop", "shown", Map.of());

    assertThat(lab.agent().page("/config").at("/inForce/headers/0/value").asString())
        .isEqualTo("{pod.ip}");
    assertThat(lab.agent().page("/debug/attachments").valueStream())
        .anyMatch(
            one ->
                one.at("/attachment/pod/name").asString().equals("shown")
                    && one.at("/policy/enablement/steps/1/value").asString().equals("enabled"));
    lab.deletePod(pod);
  }

  /// The limits of the JDK's server hold in the process that is an agent.
  @Test
  void adminPort_headOfTwentyKibibytes_isNotRead() {
    String url = "http://" + AgentSeat.FIRST.admin() + "/healthz";
    Run large = Run.of(List.of("curl", "-sf", "-H", "X-A: " + "a".repeat(20 << 10), url));
    assertThat(large.isOk()).as(large.out()).isFalse();
    assertThat(Run.ok("curl", "-sf", "-H", "X-A: " + "a".repeat(10 << 10), url)).isNotEmpty();
  }

  @Test
  void doctor_withAnAgentsCapabilities_findsNothingToMend_andLeavesNothingBehind() {
    String before = Run.ok("lsns", "-t", "net", "-n", "-o", "NS");
    Run run =
        lab.agent()
            .podstampAsInContainer(
                "doctor",
                "--output=json",
                "--socket=" + AgentProcess.SOCKET,
                "--kubeconfig=" + Lab.FOLDER.resolve("kubeconfig"),
                "--node-name=" + Node.NAME,
                "--cni-bin-dir=" + CNI.resolve("bin"),
                "--cni-conf-dir=" + CONFLIST.getParent());

    assertThat(run.isOk()).as(run.out() + run.err()).isTrue();
    assertThat(JsonMapper.shared().readTree(run.out()).valueStream())
        .allMatch(finding -> !finding.get("level").asString().equals("fail"))
        .filteredOn(finding -> finding.get("level").asString().equals("ok"))
        .extracting(finding -> finding.get("check").asString())
        .contains(
            "kernel",
            "capabilities",
            "nf_tables",
            "redirect IPv4",
            "redirect IPv6",
            "lease",
            "hold",
            "chain",
            "plugin",
            "API server",
            "rights: Pods",
            "rights: Namespaces",
            "agent",
            "event loops",
            "CNI socket");
    assertThat(Run.ok("lsns", "-t", "net", "-n", "-o", "NS")).isEqualTo(before);
    assertThat(Run.ok("nft", "list", "tables")).doesNotContain("podstamp");
  }

  @Test
  void doctor_withoutAgentAndPlugin_saysSo_andFails() {
    Run run =
        lab.agent()
            .podstamp(
                "doctor",
                "--admin=127.0.0.1:1",
                "--cni-conf-dir=/run/nowhere",
                "--socket=/run/no.sock");

    assertThat(run.isOk()).isFalse();
    assertThat(run.out())
        .contains("fail  chain", "/run/nowhere: no such folder", "warn  agent", "→ start it")
        .containsPattern("\\d+ looked at, \\d+ failed, \\d+ to be known")
        .doesNotContain("\033");
  }

  private LabPod pod(String namespace, String name, Map<String, String> annotations) {
    return lab.runPod(namespace, name, annotations, List.of());
  }

  private void createHostPod() {
    lab.api()
        .client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("node-exporter")
                .withUid("host")
                .endMetadata()
                .withNewSpec()
                .withNodeName(Node.NAME)
                .withHostNetwork(true)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(Node.ADDRESS)
                .endStatus()
                .build())
        .create();
  }

  private void tell(StringBuilder said, String situation, LabPod pod) {
    tell(said, situation, explain(pod.namespace() + "/" + pod.name()));
  }

  private static void tell(StringBuilder said, String situation, String explanation) {
    said.append("# ")
        .append(situation)
        .append('\n')
        .append(
            explanation
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME")
                .replaceAll("/proc/\\d+/fd/\\d+", "/proc/PID/fd/N")
                .replaceAll("cni-[0-9a-f-]{36}", "cni-ID")
                .replaceAll("silent for \\d+ s", "silent for N s")
                // The probe comes when it comes.
                .replaceAll("Last probed TIME[^\n]*\n", ""))
        .append('\n');
  }

  private String explain(String pod) {
    return lab.agent().explain(pod);
  }

  private String until(String pod, String sentence) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> explain(pod), said -> said.contains(sentence));
  }

  private void make(WayPast way) {
    LabPod pod = pod("shop", way.pod(), Map.of());
    for (String command : way.commands()) {
      pod.run("sh", "-c", command).orThrow();
    }
  }

  private String untilNot(String pod, String sentence) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> explain(pod), said -> !said.contains(sentence));
  }

  /// Another agent that wants the network for itself.
  private static String whileOverwritten(Supplier<String> explain) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              if (Files.readString(CONFLIST).contains("podstamp")) {
                Path next = CONFLIST.resolveSibling("10-net.next");
                Files.writeString(next, NETWORK);
                Files.move(next, CONFLIST, StandardCopyOption.ATOMIC_MOVE);
              }
              return explain.get();
            },
            said -> said.contains("New Pods"));
  }
}
