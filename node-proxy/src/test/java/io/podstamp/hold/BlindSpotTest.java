package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.capture.TestAgent;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.Netns;
import io.podstamp.netns.TestNetns;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Ways by which traffic leaves a Pod past its own output hook: told, and refused in profile strict
/// where the Pod's kernel can.
class BlindSpotTest extends HeldPod {
  private static final String INNER = "172.30.0.2";

  @Test
  void ordinaryPod_hasNone() throws Exception {
    pod.exec("sysctl", "-qw", "net.ipv4.ip_forward=1"); // as a Node's Pods have it
    capture(TestAgent.ENABLED);
    assertThat(verified().blindSpots()).isEmpty();
    assertThat(verified().state()).isEqualTo(PodState.CAPTURED);
  }

  /// Docker in the Pod: what a container behind its bridge sends is forwarded.
  @Test
  void innerBridge_isPartial_untilItIsGone() throws Exception {
    capture(TestAgent.ENABLED);
    try (Echo _ = serve(WORLD);
        TestNetns inner = innerContainer()) {
      PodStatus status = verified();
      assertThat(status.state()).isEqualTo(PodState.PARTIAL);
      assertThat(status.told())
          .isEqualTo(
              "it forwards for containers or guests of its own (docker0), and their requests pass"
                  + " unstamped");
      assertThat(requestFrom(inner, 80)).doesNotContain("X-Client-Hostname");
      assertThat(request(WORLD)).contains("X-Client-Hostname: ");
    }
    pod.exec("ip", "link", "del", "docker0");
    assertThat(verified().state()).isEqualTo(PodState.CAPTURED);
  }

  @Test
  void innerBridge_strict_isRefused_andThePodItselfIsNot() throws Exception {
    capture(TestAgent.STRICT);
    try (Echo _ = serve(WORLD);
        TestNetns inner = innerContainer()) {
      assertThat(verified().state()).isEqualTo(PodState.PARTIAL);
      assertThat(verified().told()).endsWith("their requests are refused");
      assertThatThrownBy(() -> requestFrom(inner, 80)).isInstanceOf(ConnectException.class);
      assertThat(request(WORLD)).contains("X-Client-Hostname: ");
    }
  }

  static Stream<Arguments> guests() {
    return Stream.of(
        Arguments.of(
            BlindSpot.Kind.GUEST_BY_TRAFFIC_CONTROL,
            List.of("ip tuntap add tap0_kata mode tap", "tc qdisc add dev tap0_kata ingress")),
        Arguments.of(
            BlindSpot.Kind.GUEST_BRIDGED,
            List.of(
                "ip tuntap add tap0 mode tap",
                "ip link add br0 type bridge",
                "ip link set tap0 master br0",
                "ip link set eth0 master br0")),
        Arguments.of(
            BlindSpot.Kind.GUEST_MACVTAP,
            List.of("ip link add link eth0 name macvtap0 type macvtap mode bridge")),
        Arguments.of(
            BlindSpot.Kind.NO_ADDRESS,
            List.of("ip addr flush dev eth0", "ip -6 addr flush dev eth0")));
  }

  /// Kata Containers, KubeVirt, gVisor: nothing in the Pod's namespace sees what they send.
  @ParameterizedTest
  @MethodSource("guests")
  void guest_isFailed_whateverTheProfile(BlindSpot.Kind kind, List<String> commands)
      throws Exception {
    capture(TestAgent.STRICT);
    for (String command : commands) {
      pod.exec(command.split(" "));
    }
    PodStatus status = verified();
    assertThat(status.blindSpots()).extracting(BlindSpot::kind).containsExactly(kind);
    assertThat(status.state()).isEqualTo(PodState.FAILED);
  }

  static Stream<Arguments> rules() {
    String untracked =
        "iptables%s -t raw -A OUTPUT -p tcp -d " + WORLD + " --dport 80 -j CT --notrack";
    String translated =
        "iptables%s -t nat -A OUTPUT -p tcp --dport 8000 -j DNAT --to-destination " + WORLD + ":80";
    return Stream.of(
        Arguments.of(BlindSpot.Kind.UNTRACKED, untracked.formatted("-nft"), 80),
        Arguments.of(BlindSpot.Kind.UNTRACKED, untracked.formatted("-legacy"), 80),
        Arguments.of(
            BlindSpot.Kind.UNTRACKED,
            "nft add table inet own; add chain inet own out { type filter hook output priority raw; };"
                + " add rule inet own out ip daddr 10.77.0.2 tcp dport 80 notrack",
            80),
        Arguments.of(BlindSpot.Kind.TRANSLATED, translated.formatted("-nft"), 8000),
        Arguments.of(BlindSpot.Kind.TRANSLATED, translated.formatted("-legacy"), 8000));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void ownRules_arePartial_andRefusedInStrict(BlindSpot.Kind kind, String command, int port)
      throws Exception {
    capture(TestAgent.ENABLED);
    pod.exec(command.startsWith("nft ") ? command.split(" ", 2) : command.split(" "));
    PodStatus status = verified();
    assertThat(status.blindSpots()).extracting(BlindSpot::kind).containsExactly(kind);
    assertThat(status.state()).isEqualTo(PodState.PARTIAL);
    assertThat(status.told()).endsWith("pass unstamped");
    try (Echo _ = serve(WORLD)) {
      assertThat(requestFrom(pod, port)).doesNotContain("X-Client-Hostname");
      agent.namespaces.annotations.put("web", TestAgent.STRICT);
      agent.reconciler.reconcile(everyone -> true);
      assertThat(verified().told()).endsWith("are refused");
      assertThatThrownBy(() -> requestFrom(pod, port)).isInstanceOf(ConnectException.class);
    }
  }

  /// As the clock has it done.
  private PodStatus verified() throws Exception {
    agent.verify();
    return agent.onlyStatus();
  }

  private TestNetns innerContainer() throws IOException {
    TestNetns inner = new TestNetns();
    pod.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
    pod.exec("ip", "link", "add", "docker0", "type", "bridge");
    pod.exec("ip", "addr", "add", "172.30.0.1/24", "dev", "docker0");
    pod.exec(
        "ip",
        "link",
        "add",
        "veth1",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        inner.path().getFileName().toString());
    pod.exec("ip", "link", "set", "veth1", "master", "docker0");
    pod.exec("ip", "link", "set", "docker0", "up");
    pod.exec("ip", "link", "set", "veth1", "up");
    pod.exec(
        "nft",
        "add table ip own; add chain ip own post { type nat hook postrouting priority 100; };"
            + " add rule ip own post ip saddr 172.30.0.0/24 oifname eth0 masquerade");
    inner.exec("ip", "addr", "add", INNER + "/24", "dev", "eth0");
    inner.exec("ip", "link", "set", "eth0", "up");
    inner.exec("ip", "route", "add", "default", "via", "172.30.0.1");
    return inner;
  }

  private String requestFrom(TestNetns from, int port) throws IOException {
    try (Netns netns = Netns.openPod(from.path());
        Socket socket = agent.doorway.inside(netns, HeldPod::made)) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(WORLD), port), 30_000);
      return ask(socket);
    }
  }
}
