package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a user of podstamp would say, on a whole Node: real plugins, the real agent, real clients.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class JourneyTest {
  private static final Path PODSTAMP = Path.of("../target/podstamp");
  private static final String ENABLED = "podstamp.io/enabled";
  private static final String SHOP = "shop";
  private static final String GATEWAY = "http://" + Node.OUTSIDE_ADDRESS;
  private static final String ECHO = GATEWAY + ":" + EchoServer.PORT;
  private static final Duration LEASE_IS_OVER = Duration.ofSeconds(20);
  private static final int TRY_AGAIN_LATER = 11;
  private static final long MEBIBYTE = 1 << 20;

  private Lab lab;
  private Traffic traffic;
  private LabPod orders;

  @BeforeAll
  void up() {
    lab = Lab.withPodstamp(PODSTAMP);
    lab.api().createNamespace(SHOP);
    lab.api().annotateNamespace(SHOP, ENABLED, "true");
    orders = lab.runPod(SHOP, "orders");
    traffic = new Traffic(lab.gateway(), orders);
  }

  @AfterAll
  void down_agentHadNoErrors() {
    String log = lab.agent().logText();
    lab.close();
    assertThat(log).doesNotContain(" ERROR ");
  }

  @Test
  void newPod_isStampedFromItsFirstRequest() {
    LabPod pod = lab.runPod(SHOP, "first");

    pod.curl(GATEWAY + "/first");

    assertStamped(lab.gateway().await("/first", 1), pod);
    lab.deletePod(pod);
  }

  @Test
  void curl_v4_arrivesWithNameAndIp() {
    orders.curl(GATEWAY + "/v4");

    assertStamped(lab.gateway().await("/v4", 1), orders);
    assertThat(lab.gateway().await("/v4", 1).getFirst().peer()).isEqualTo(Node.ADDRESS);
  }

  @Test
  void curl_v6_arrivesWithNameAndIp() {
    orders.curl("http://[" + Node.OUTSIDE_ADDRESS_V6 + "]/v6");

    assertStamped(lab.gateway().await("/v6", 1), orders);
    assertThat(lab.gateway().await("/v6", 1).getFirst().peer()).isEqualTo(Node.ADDRESS_V6);
  }

  @Test
  void ownHeaders_keepNameOrderAndCase() {
    String[] request = {"-H", "x-LOWER: 1", "-H", "B:2", "-H", "A;", "-H", "a:  3 ", "-A", "t"};

    String head = orders.curl(with(request, ECHO + "/Path?q=%20"));

    assertThat(head)
        .endsWith("\r\n\r\n")
        .containsOnlyOnce("X-Client-Hostname: orders\r\n")
        .containsOnlyOnce("X-Forwarded-For: " + orders.ip() + "\r\n");
    assertThat(head.lines().filter(line -> !line.matches("X-(Client-Hostname|Forwarded-For): .*")))
        .containsExactly(
            "GET /Path?q=%20 HTTP/1.1",
            "Host: " + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT,
            "User-Agent: t",
            "Accept: */*",
            "x-LOWER: 1",
            "B:2",
            "A:",
            "a:  3 ",
            "");
  }

  @Test
  void spoofedHeaders_areReplaced() {
    String head =
        orders.curl(
            "-H", "x-client-hostname: admin", "-H", "X-FORWARDED-FOR: 127.0.0.1", ECHO + "/");

    assertThat(head).doesNotContain("admin").doesNotContain("127.0.0.1");
    assertThat(head)
        .containsOnlyOnce("X-Client-Hostname: orders\r\n")
        .containsOnlyOnce("X-Forwarded-For: " + orders.ip() + "\r\n");
  }

  /// The config is changed while Pods run, and back; then the key is lost.
  @Test
  void signedIdentity_toItsReceiverAlone_andToldWhenTheKeyIsGone() throws IOException {
    Token.Key key =
        Token.Key.make(
            Lab.FOLDER.resolve("identity-agent"), PODSTAMP.resolve("bin/podstamp").toString());
    String forged = "x_client-identity: forged";
    lab.agent()
        .configure(
            ("identity: {issuer: me, keyFile: %s, rules: [{destinations: [%s], ports: [%d],"
                    + " audience: orders-gateway}]}")
                .formatted(key.file(), Node.OUTSIDE_ADDRESS, EchoServer.PORT));
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> orders.curl(ECHO + "/").contains("X-Client-Identity"));
      Token token = Token.in(orders.curl("-H", forged, ECHO + "/"));
      assertThat(token.isSignedBy(key)).isTrue();
      assertThat(token.claims().get("aud").asString()).isEqualTo("orders-gateway");
      assertThat(token.claims().get("ip").asString()).isEqualTo(orders.ip());
      assertThat(token.claims().at("/node_ips/0").asString()).isEqualTo(Node.ADDRESS);
      assertThat(token.claims().get("sub").asString())
          .isEqualTo("system:serviceaccount:shop:" + ApiServer.SERVICE_ACCOUNT);

      LabPod fresh = lab.runPod(SHOP, "fresh");
      assertThat(Token.in(fresh.curl(ECHO + "/")).isSignedBy(key)).isTrue();
      assertThat(Token.in(fresh.curl(ECHO + "/")).claims().at("/kubernetes.io/pod/name").asString())
          .isEqualTo("fresh");
      lab.deletePod(fresh);

      String elsewhere = "http://[" + Node.OUTSIDE_ADDRESS_V6 + "]:" + EchoServer.PORT + "/";
      assertThat(orders.curl("-H", forged, elsewhere))
          .doesNotContain("forged")
          .doesNotContainIgnoringCase("client-identity")
          .contains("X-Client-Hostname: orders");

      Files.delete(key.file());
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(lab.agent().explain(orders))
                      .contains("The token for orders-gateway is good until ")
                      .contains("key.pem: no such file")
                      .contains("put identity.keyFile right"));
      assertThat(Token.in(orders.curl(ECHO + "/")).isSignedBy(key)).isTrue();
      assertThat(lab.agent().podstamp("pods").orThrow().out()).contains(" signed; ");
    } finally {
      lab.agent().configure("");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> orders.curl("-H", forged, ECHO + "/").contains("forged"));
  }

  /// With the names that docs/gateway.md recommends, no receiver finds a forged one to prefer.
  @Test
  void namesThatBeatOurs_areTakenOut_whereAnnotated() {
    List<String> names =
        List.of("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP");
    String[] request =
        Stream.concat(
                names.stream().flatMap(name -> Stream.of("-H", name + ": 9.9.9.9")),
                Stream.of("-H", "X-Forwarded-For: 9.9.9.9"))
            .toArray(String[]::new);
    LabPod pod =
        lab.runPod(
            SHOP, "clean", Map.of("podstamp.io/remove-also", String.join(",", names)), List.of());

    String clean = pod.curl(with(request, ECHO + "/"));
    String other = orders.curl(with(request, ECHO + "/"));

    assertThat(clean).doesNotContain("9.9.9.9").contains("X-Forwarded-For: " + pod.ip() + "\r\n");
    assertThat(other).contains("X-Real-IP: 9.9.9.9\r\n", "Forwarded: 9.9.9.9\r\n");
    lab.deletePod(pod);
  }

  @Test
  void namespaceWithoutAnnotation_isLeftAlone() {
    lab.api().createNamespace("quiet");
    LabPod pod = lab.runPod("quiet", "plain");

    pod.curl(GATEWAY + "/plain");

    assertThat(lab.gateway().await("/plain", 1).getFirst().hostname()).isEmpty();
    lab.deletePod(pod);
  }

  @Test
  void podAnnotation_overridesItsNamespace() {
    LabPod pod = lab.runPod(SHOP, "optout", Map.of(ENABLED, "false"), List.of());

    pod.curl(GATEWAY + "/optout");

    assertThat(lab.gateway().await("/optout", 1).getFirst().hostname()).isEmpty();
    lab.deletePod(pod);
  }

  @Test
  void tenThousandRequests_overOneConnection_areAllStamped() {
    traffic.requestsOverOneConnection(10_000);
  }

  @Test
  void thousandConnections_oneAfterTheOther_areAllStamped() {
    traffic.connectionsInSequence(1_000);
  }

  @Test
  void gibibyteDownload_arrivesWhole() {
    traffic.download(1024);
  }

  @Test
  void gibibyteChunkedUpload_arrivesWhole() {
    traffic.upload(1024);
  }

  @Test
  void memory_ofAFreshAgent_afterAllKindsOfTraffic_isAsBefore() {
    lab.agent().kill();
    restartAgent();
    long before = lab.agent().facts().rssBytes();

    traffic.ofEveryKind();

    // The JVM gives back what compiling took every few seconds (TrimNativeHeapInterval).
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(lab.agent().facts().rssBytes() - before)
                    .as("growth of RSS from %d", before)
                    .isLessThanOrEqualTo(16 * MEBIBYTE));
  }

  @Test
  void secondAddress_isKeptAsSource() {
    orders.addAddress("10.244.1.250/23");
    orders.addAddress("fd00:10:244::250/64");
    String v4 = "http://" + Node.BRIDGE_ADDRESS + ":" + EchoServer.PORT + "/";
    String v6 = "http://[" + Node.BRIDGE_ADDRESS_V6 + "]:" + EchoServer.PORT + "/";

    assertThat(orders.curl("-i", "--interface", "10.244.1.250", v4))
        .contains("Peer: 10.244.1.250\r\n", "X-Client-Hostname: orders\r\n");
    assertThat(orders.curl("-i", "--interface", "fd00:10:244::250", v6))
        .contains("Peer: fd00:10:244:0:0:0:0:250\r\n", "X-Client-Hostname: orders\r\n");
    assertThat(orders.curl("-i", v4)).contains("Peer: " + orders.ip() + "\r\n");
  }

  @Test
  void agentKilled_trafficGoesDirect_andIsStampedAgainAfterItsRestart() {
    lab.agent().kill();

    await().atMost(LEASE_IS_OVER).until(() -> orders.curlRun(GATEWAY + "/lease").isOk());
    orders.curl(GATEWAY + "/direct/[1-10]");
    assertThat(lab.gateway().await("/direct/", 10))
        .allMatch(request -> request.hostname().isEmpty() && request.status() == 200);

    restartAgent();
    orders.curl(GATEWAY + "/restarted/[1-10]");
    assertStamped(lab.gateway().await("/restarted/", 10), orders);
  }

  @Test
  void strictNamespace_agentDown_podWaits_otherPodsStart() throws IOException {
    lab.api().createNamespace("bank");
    lab.api().annotateNamespace("bank", ENABLED, "true");
    lab.api().annotateNamespace("bank", "podstamp.io/profile", "strict");
    await().until(() -> Files.readAllLines(AgentProcess.STRICT_NAMESPACES).contains("bank"));
    lab.agent().kill();

    assertThatThrownBy(() -> lab.runPod("bank", "waits"))
        .isInstanceOfSatisfying(
            CniException.class, refusal -> assertThat(refusal.code()).isEqualTo(TRY_AGAIN_LATER));
    LabPod other = lab.runPod(SHOP, "other");

    restartAgent();
    LabPod vault = lab.runPod("bank", "vault");
    vault.curl(GATEWAY + "/vault");
    assertStamped(lab.gateway().await("/vault", 1), vault);
    lab.deletePod(vault);
    lab.deletePod(other);
  }

  private void restartAgent() {
    lab.agent().restart();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> orders.curlRun(ECHO + "/again").out().contains("X-Client-Hostname: orders"));
  }

  private static void assertStamped(List<Gateway.Request> requests, LabPod pod) {
    assertThat(requests)
        .allSatisfy(
            request -> {
              assertThat(request.hostname()).isEqualTo(pod.name());
              assertThat(request.forwardedFor()).isEqualTo(pod.ip());
              assertThat(request.status()).isEqualTo(200);
            });
  }

  private static String[] with(String[] arguments, String last) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = last;
    return all;
  }
}
