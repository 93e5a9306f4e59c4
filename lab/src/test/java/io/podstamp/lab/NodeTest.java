package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The lab itself, without podstamp: that it behaves like a Node, so that the other tests may
/// believe it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class NodeTest {
  private static final String SHOP = "shop";

  private List<String> before;
  private Lab lab;
  private LabPod pod;

  @BeforeAll
  void up() {
    before = state();
    lab = Lab.bare();
    lab.api().createNamespace(SHOP);
    pod = lab.runPod(SHOP, "orders");
  }

  @AfterAll
  void down_everythingIsGone() {
    lab.close();
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void pod_callsTheGateway_looksLikeTheNode() {
    pod.curl("http://" + Node.OUTSIDE_ADDRESS + "/v4");
    pod.curl("http://[" + Node.OUTSIDE_ADDRESS_V6 + "]/v6");

    assertThat(lab.gateway().await("/v4", 1).getFirst().peer()).isEqualTo(Node.ADDRESS);
    assertThat(lab.gateway().await("/v6", 1).getFirst().peer()).isEqualTo(Node.ADDRESS_V6);
    assertThat(lab.gateway().await("/v4", 1).getFirst().hostname()).isEmpty();
  }

  @Test
  void outside_cannotReachPods() {
    Run ping = lab.node().outside().run("curl", "-sS", "--max-time", "5", "http://" + pod.ip());

    assertThat(ping.isOk()).isFalse();
  }

  @Test
  void echo_answersWithTheBytesItReceived() {
    String url = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT + "/";

    String head = pod.curl("-H", "B-second: 2", "-H", "a-FIRST: 1", "-A", "t", url);

    assertThat(head.replace("\r\n", "\n"))
        .isEqualTo(
            """
            GET / HTTP/1.1
            Host: 192.0.2.80:8080
            User-Agent: t
            Accept: */*
            B-second: 2
            a-FIRST: 1

            """);
  }

  @Test
  void echoOnTheNode_seesThePodsOwnAddress() {
    String url = "http://" + Node.BRIDGE_ADDRESS + ":" + EchoServer.PORT + "/";
    String urlV6 = "http://[" + Node.BRIDGE_ADDRESS_V6 + "]:" + EchoServer.PORT + "/";

    assertThat(pod.curl("-D-", "-o/dev/null", url)).contains("Peer: " + pod.ip() + "\r\n");
    assertThat(pod.curl("-D-", "-o/dev/null", urlV6)).contains("Peer: fd00:10:244:0:0:0:0:");
  }

  @Test
  void gateway_limitsByName_notWithoutOne() {
    String url = "http://" + Node.OUTSIDE_ADDRESS + "/limited/gate[1-30]";
    pod.curl("-o", "/dev/null", "-H", "X-Client-Hostname: flood", url);
    pod.curl("-o", "/dev/null", url.replace("gate", "free"));

    assertThat(lab.gateway().await("/limited/gate", 30)).anyMatch(r -> r.status() == 429);
    assertThat(lab.gateway().await("/limited/free", 30)).allMatch(r -> r.status() == 200);
  }

  @Test
  void portMapping_leadsFromOutsideIntoThePod() {
    LabPod web = lab.runPod(SHOP, "web", Map.of(), List.of(new Kubelet.PortMapping(30080, 8080)));
    try (EchoServer _ = EchoServer.in(web.netns(), Lab.FOLDER)) {
      String url = "http://" + Node.ADDRESS + ":30080/in";

      assertThat(lab.node().outside().run("curl", "-sS", url).out()).startsWith("GET /in HTTP/1.1");
    }
    lab.deletePod(web);
  }

  @Test
  void pod_deleted_leavesNothing() {
    List<String> before = state();

    LabPod gone = lab.runPod(SHOP, "gone");
    assertThat(gone.netns().exists()).isTrue();
    lab.deletePod(gone);

    assertThat(state()).isEqualTo(before);
  }

  /// What a Pod or the lab could leave on the Node.
  private static List<String> state() {
    return List.of(
        Run.ok("ip", "netns", "list").replaceAll(" \\(id: \\d+\\)", ""),
        Run.ok("ip", "-o", "link").replaceAll("(?m)^\\d+: ", ""),
        Run.ok("ip", "route"),
        Run.ok("nft", "--stateless", "list", "ruleset"),
        Run.ok("ps", "-eo", "comm").replaceAll("\\b(ps|java)\\n", ""));
  }
}
