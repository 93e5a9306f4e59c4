package io.podstamp.signer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jwt.SignedJWT;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigFile;
import io.podstamp.config.TokenSettings;
import io.podstamp.config.TokenSource;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.signing.SigningException;
import io.podstamp.signing.TestNode;
import io.podstamp.token.SignerMessages;
import io.podstamp.token.SignerMessages.Answer;
import io.podstamp.token.SignerMessages.Refused;
import io.podstamp.token.SignerMessages.Signed;
import io.podstamp.token.SignerMessages.Wanted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three Nodes' agents, two signers, an API server, gateways: everything but the kernel, over real
/// TLS. The clock is the test's, so that days pass in seconds.
class SignersTest {
  private static final Instant BEGIN = Instant.parse("2026-12-01T08:00:00Z");
  private static final Duration ROTATION = Duration.ofHours(1);
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final List<String> AUDIENCES = List.of("orders", "billing");

  /// `-Dpodstamp.signer.requests=100000` for the whole measure.
  private static final int REQUESTS = Integer.getInteger("podstamp.signer.requests", 3_000);

  private final TestCluster cluster = new TestCluster();
  private final Refusals refusals = new Refusals();
  private final Map<String, TestNode> nodes = new HashMap<>();
  private final List<@Nullable Signer> signers = new ArrayList<>();
  private Instant now = BEGIN;
  private final InstantSource clock =
      new InstantSource() {
        @Override
        public Instant instant() {
          return now;
        }
      };
  private final Random whichever = new Random(1);
  private TokenSettings settings;
  private Config config;
  @TempDir private static Path certificates;
  @TempDir private Path home;

  @BeforeAll
  static void certificate() throws Exception {
    TestCertificate.write(certificates, "IP:127.0.0.1,DNS:localhost");
  }

  @BeforeEach
  void cluster() throws Exception {
    Path tls = Files.createDirectories(home.resolve("tls"));
    for (String file : List.of("tls.crt", "tls.key")) {
      Files.copy(certificates.resolve(file), tls.resolve(file));
    }
    config =
        ConfigFile.parse(
            "c",
            """
            identity:
              issuer: https://podstamp.example
              signer: {url: https://podstamp-signer.podstamp.svc}
              rules:
                - {destinations: [192.0.2.1], ports: [80], audience: orders}
                - {destinations: [192.0.2.2], ports: [80], audience: billing}
            """);
    settings = config.identity().orElseThrow();
    for (String node : NODES) {
      Path folder = Files.createDirectories(home.resolve(node));
      Files.writeString(folder.resolve("token"), cluster.agent(node));
      Files.copy(home.resolve("tls/tls.crt"), folder.resolve("ca.crt"));
      nodes.put(node, new TestNode(clock, () -> next(folder)));
    }
    signers.add(signer("signer-a"));
    signers.add(signer("signer-b"));
  }

  @AfterEach
  void end() {
    nodes.values().forEach(TestNode::close);
    for (Signer signer : signers) {
      if (signer != null) {
        signer.close();
      }
    }
    refusals.close();
    cluster.close();
  }

  private Signer signer(String name) throws Exception {
    Signer signer =
        Signer.start(
            new Signer.Settings(
                ANY_PORT, ANY_PORT, home.resolve("tls"), "podstamp", "podstamp", ROTATION),
            () -> config,
            cluster.cluster(name),
            clock);
    await().untilAsserted(() -> assertThat(lookAndAsk(signer)).isEmpty());
    return signer;
  }

  private static List<String> lookAndAsk(Signer signer) {
    signer.lookAtKeysNow();
    return signer.unable().toList();
  }

  /// One of the two, as a Service has it; a port where nobody listens for one that is away.
  private TokenSource.OfSigner next(Path folder) {
    Signer signer = signers.get(whichever.nextInt(signers.size()));
    int port = signer == null ? 1 : signer.address().getPort();
    return new TokenSource.OfSigner(URI.create("https://127.0.0.1:" + port + "/"), folder);
  }

  private TestNode node(String name) {
    return Objects.requireNonNull(nodes.get(name));
  }

  /// A Pod, known to the API server and captured by its Node's agent.
  private void pod(String node, String name) {
    cluster.create(TestCluster.pod("shop", name, node, "account-of-" + name).build());
    node(node)
        .captured(
            new PodIdentity(
                new PodRef("shop", name, cluster.uid(name)),
                List.of(InetAddress.ofLiteral(TestCluster.ip(name))),
                name,
                "account-of-" + name,
                Map.of(),
                Map.of(),
                null,
                new PodIdentity.Node(node, InetAddress.ofLiteral(TestCluster.ip(node)))));
  }

  private void signersKnow(String pod) {
    await()
        .until(
            () ->
                signers.stream()
                    .allMatch(signer -> signer == null || signer.knows(cluster.uid(pod))));
  }

  private void look() {
    for (Signer signer : signers) {
      if (signer != null) {
        signer.lookAtKeysNow();
      }
    }
    nodes.values().forEach(node -> node.look(settings));
  }

  private static String expected(String node, String pod) {
    return "shop/%s by system:serviceaccount:shop:account-of-%s from %s on %s"
        .formatted(pod, pod, TestCluster.ip(pod), node);
  }

  private String jwks() {
    return Objects.requireNonNull(cluster.published().get("jwks.json"));
  }

  private Wanted wanted(String pod, String audience) {
    return new Wanted("shop", pod, cluster.uid(pod), audience);
  }

  @Test
  void eachAgent_getsItsOwnNodesPods() throws Exception {
    for (String node : NODES) {
      pod(node, "web-" + node);
      signersKnow("web-" + node);
    }
    look();
    for (String audience : AUDIENCES) {
      TestGateway gateway = new TestGateway(audience, this::jwks);
      for (String node : NODES) {
        String pod = "web-" + node;
        assertThat(gateway.letsIn(node(node).sends(pod, audience), now))
            .isEqualTo(expected(node, pod));
        assertThat(node(node).status(pod))
            .allSatisfy(status -> assertThat(status.problem()).isNull());
      }
    }
    assertThat(node("n1").counts().answered()).as("all of a Node at once").isEqualTo(1);
    assertThat(refusals.lines()).isEmpty();
  }

  @Test
  void anotherNodesPod_isRefusedAndLogged() throws Exception {
    pod("n1", "web-1");
    pod("n2", "web-2");
    signersKnow("web-2");
    signersKnow("web-1");
    List<Answer> answers =
        node("n1").ask(List.of(wanted("web-2", "orders"), wanted("web-1", "orders")));
    assertThat(answers.getFirst()).isEqualTo(new Refused("that Pod is on another Node"));
    assertThat(answers.getLast()).isInstanceOf(Signed.class);
    assertThat(refusals.lines())
        .singleElement()
        .isEqualTo(
            "WARN refused (other_node) to podstamp/podstamp-n1 on n1: shop/web-2 for orders, UID "
                + cluster.uid("web-2")
                + ": that Pod is on another Node");
  }

  @Test
  void whatTheApiServerDoesNotTellOfAPod_isRefused() throws Exception {
    pod("n1", "web-1");
    cluster.create(
        TestCluster.pod("kube-system", "static", "n1", "default")
            .editMetadata()
            .addToAnnotations("kubernetes.io/config.mirror", "hash")
            .endMetadata()
            .build());
    cluster.create(
        TestCluster.pod("shop", "over", "n1", "default")
            .editStatus()
            .withPhase("Succeeded")
            .endStatus()
            .build());
    signersKnow("web-1");
    signersKnow("static");
    signersKnow("over");
    assertThat(
            node("n1")
                .ask(
                    List.of(
                        new Wanted("shop", "web-1", cluster.uid("nobody"), "orders"),
                        new Wanted("bank", "web-1", cluster.uid("web-1"), "orders"),
                        new Wanted("shop", "web-9", cluster.uid("web-1"), "orders"),
                        new Wanted("kube-system", "static", cluster.uid("static"), "orders"),
                        new Wanted("podstamp", "podstamp-n1", cluster.uid("podstamp-n1"), "orders"),
                        wanted("over", "orders"),
                        wanted("web-1", "https://kubernetes.default.svc"),
                        wanted("web-1", "others"))))
        .extracting(answer -> ((Refused) answer).why())
        .containsExactly(
            "the API server has not told it of that Pod",
            "that UID is another Pod's",
            "that UID is another Pod's",
            "a static Pod, and one on the Node's network, has no token",
            "a static Pod, and one on the Node's network, has no token",
            "that Pod has ended",
            "no rule of identity has that audience, by its config",
            "no rule of identity has that audience, by its config");
  }

  /// Whoever they are: Pods may have ServiceAccount tokens for any audience.
  @Test
  void strangers_areRefusedAndLogged() throws Exception {
    pod("n1", "web-1");
    signersKnow("web-1");
    cluster.create(TestCluster.pod("podstamp", "debug", "n1", "podstamp").build());
    signersKnow("debug");
    String audience = SignerMessages.AUDIENCE;
    String agent = TestCluster.AGENT;
    Map<String, TestCluster.Account> strangers = new HashMap<>();
    strangers.put(
        "403 expected: system:serviceaccount:podstamp:podstamp",
        new TestCluster.Account(
            "system:serviceaccount:shop:default", cluster.uid("web-1"), "n1", audience));
    strangers.put(
        "403 its token is bound to no live Pod of DaemonSet podstamp/podstamp on that Node",
        new TestCluster.Account(agent, cluster.uid("debug"), "n1", audience));
    strangers.put(
        "403 its token is bound to no live Pod of DaemonSet",
        new TestCluster.Account(agent, cluster.uid("podstamp-n2"), "n1", audience));
    strangers.put(
        "403 its token is bound to no", new TestCluster.Account(agent, "", "n1", audience));
    // Such as `kubectl create token` makes.
    strangers.put(
        "403 its token is bound to no live Pod", new TestCluster.Account(agent, "", "", audience));
    strangers.put(
        "503 the API server does not tell on which Node a token's Pod is (expected: Kubernetes 1.30",
        new TestCluster.Account(agent, cluster.uid("podstamp-n1"), "", audience));
    strangers.put(
        "401 the API server does not know the token as one for podstamp-signer",
        new TestCluster.Account(
            agent, cluster.uid("podstamp-n1"), "n1", "https://kubernetes.default.svc"));
    Path token = home.resolve("n1/token");
    strangers.forEach(
        (refusal, account) -> {
          write(token, cluster.token("token of " + refusal, account));
          assertThat(node("n1").refusal(List.of(wanted("web-1", "orders")))).contains(refusal);
        });
    write(token, "nobody's");
    assertThat(node("n1").refusal(List.of(wanted("web-1", "orders"))))
        .startsWith("signer 127.0.0.1:")
        .contains("401 the API server does not know the token");
    assertThat(refusals.lines())
        .anySatisfy(line -> assertThat(line).startsWith("WARN refused (not_an_agent) to "))
        .anySatisfy(line -> assertThat(line).startsWith("WARN refused (not_authenticated) to "));
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The signer is known by its certificate: whoever else answers is shown no token.
  @Test
  void anotherAuthority_isNotTrusted() throws Exception {
    pod("n1", "web-1");
    TestCertificate.write(home.resolve("other"), "IP:127.0.0.1");
    Files.writeString(home.resolve("n1/ca.crt"), Files.readString(home.resolve("other/tls.crt")));
    int before = cluster.reviews();
    assertThat(node("n1").refusal(List.of(wanted("web-1", "orders"))))
        .contains("its certificate is not one of ca.crt for that name");
    assertThat(cluster.reviews()).isEqualTo(before);
  }

  @Test
  void anotherCertificate_isTakenUp() throws Exception {
    pod("n1", "web-1");
    signersKnow("web-1");
    TestCertificate.write(home.resolve("tls"), "IP:127.0.0.1");
    for (Signer signer : signers) {
      Objects.requireNonNull(signer).lookAtCertificateNow();
    }
    assertThat(node("n1").refusal(List.of(wanted("web-1", "orders"))))
        .contains("its certificate is not one of ca.crt");
    look();
    assertThat(cluster.published().get("ca.crt"))
        .isEqualTo(Files.readString(home.resolve("tls/tls.crt")));
    Files.writeString(
        home.resolve("n1/ca.crt"), Objects.requireNonNull(cluster.published().get("ca.crt")));
    assertThat(node("n1").ask(List.of(wanted("web-1", "orders"))).getFirst())
        .isInstanceOf(Signed.class);
  }

  @Test
  void signersAway_tokensLiveToTheirEnd_thenAreMissing_andComeBack() throws Exception {
    pod("n1", "web-1");
    signersKnow("web-1");
    look();
    String first = node("n1").sends("web-1", "orders");
    List<Signer> away = signers.stream().map(Objects::requireNonNull).toList();
    signers.replaceAll(_ -> null);
    now = now.plusSeconds(294);
    look();
    assertThat(node("n1").sends("web-1", "orders")).isEqualTo(first);
    assertThat(node("n1").status("web-1").getFirst().problem())
        .startsWith("signer 127.0.0.1:1: no answer");
    now = now.plusSeconds(1);
    look();
    assertThat(node("n1").sends("web-1", "orders")).isNull();
    assertThat(node("n1").status("web-1").getFirst().missingSince())
        .isEqualTo(BEGIN.plusSeconds(295));
    signers.clear();
    signers.addAll(away);
    now = now.plusSeconds(20);
    look();
    assertThat(
            new TestGateway("orders", this::jwks).letsIn(node("n1").sends("web-1", "orders"), now))
        .isEqualTo(expected("n1", "web-1"));
  }

  /// What it said counts on for a quarter of an hour, for agents that it knows.
  @Test
  void apiServerSilent_agentsThatWereKnownAreAnswered_strangersAreNot() throws Exception {
    pod("n1", "web-1");
    signersKnow("web-1");
    Objects.requireNonNull(signers.removeLast()).close();
    assertThat(node("n1").ask(List.of(wanted("web-1", "orders"))).getFirst())
        .isInstanceOf(Signed.class);
    cluster.isSilent = true;
    now = now.plus(Duration.ofMinutes(5));
    assertThat(node("n1").ask(List.of(wanted("web-1", "orders"))).getFirst())
        .isInstanceOf(Signed.class);
    assertThat(node("n2").refusal(List.of(wanted("web-1", "orders"))))
        .contains("503 the API server does not answer a TokenReview within 2 s");
  }

  @Test
  void keysThatCannotBeRead_stayAsTheyAre_andNothingIsSignedAfterAWhile() throws Exception {
    pod("n1", "web-1");
    signersKnow("web-1");
    look();
    cluster
        .client()
        .secrets()
        .inNamespace("podstamp")
        .withName("podstamp-signer")
        .edit(
            secret -> {
              secret.setStringData(Map.of("keys.json", "nonsense"));
              secret.setData(Map.of("keys.json", "bm9uc2Vuc2U="));
              return secret;
            });
    now = now.plusSeconds(540);
    look();
    assertThat(node("n1").ask(List.of(wanted("web-1", "orders"))).getFirst())
        .as("the keys of before are published for longer than that")
        .isInstanceOf(Signed.class);
    now = now.plusSeconds(61);
    look();
    assertThat(node("n1").refusal(List.of(wanted("web-1", "orders"))))
        .contains("503 it waits for keys.json in the Secret has no list of keys");
    assertThat(cluster.secret()).isEqualTo("nonsense");
  }

  /// The measure: every request of every Pod is let in as what it is, whatever happens to keys and
  /// signers; what is stolen, old or for another audience is not.
  @Test
  void fiveRotationsAndThreeRestarts_nothingIsRefusedThatShouldPass_norLetInThatShouldNot()
      throws Exception {
    int podsOfANode = REQUESTS > 20_000 ? 10 : 4;
    Map<String, String> nodeOf = new HashMap<>();
    for (String node : NODES) {
      for (int i = 0; i < podsOfANode; i++) {
        String pod = "web-" + i + "-" + node;
        pod(node, pod);
        nodeOf.put(pod, node);
      }
    }
    nodeOf.keySet().forEach(this::signersKnow);
    Map<String, TestGateway> gateways = new HashMap<>();
    AUDIENCES.forEach(audience -> gateways.put(audience, new TestGateway(audience, this::jwks)));
    int steps = REQUESTS / (nodeOf.size() * AUDIENCES.size());
    Duration step = ROTATION.multipliedBy(6).dividedBy(steps);
    Map<String, String> old = new HashMap<>();
    Set<String> kids = new HashSet<>();
    int requests = 0;
    int attacks = 0;
    int restarts = 0;
    for (int at = 0; at < steps; at++) {
      // Of the two signers one ends, and comes back later.
      if (at == steps / 6 || at == steps / 2 || at == steps * 3 / 4) {
        Objects.requireNonNull(signers.set(restarts % 2, null)).close();
      }
      int down = steps / 24;
      if (at == steps / 6 + down || at == steps / 2 + down || at == steps * 3 / 4 + down) {
        signers.set(restarts % 2, signer("signer-" + restarts));
        nodeOf.keySet().forEach(this::signersKnow);
        restarts++;
      }
      awaitALeader();
      for (Instant next = now.plus(step); now.isBefore(next); now = now.plusSeconds(30)) {
        look();
      }
      look();
      for (Map.Entry<String, String> pod : nodeOf.entrySet()) {
        for (String audience : AUDIENCES) {
          String token = node(pod.getValue()).sends(pod.getKey(), audience);
          String who = Objects.requireNonNull(gateways.get(audience)).letsIn(token, now);
          assertThat(who)
              .as("request %d, %s, step %d", requests, pod.getKey(), at)
              .isEqualTo(expected(pod.getValue(), pod.getKey()));
          requests++;
          String other = audience.equals("orders") ? "billing" : "orders";
          assertThat(Objects.requireNonNull(gateways.get(other)).letsIn(token, now)).isNull();
          attacks++;
          kids.add(SignedJWT.parse(token).getHeader().getKeyID());
          String before = old.put(pod.getKey() + audience + at % 20, token);
          if (before != null && !isAlive(before)) {
            assertThat(Objects.requireNonNull(gateways.get(audience)).letsIn(before, now))
                .as("replayed")
                .isNull();
            attacks++;
          }
        }
      }
      String thief = NODES.get(at % 3);
      String victim = "web-0-" + NODES.get((at + 1) % 3);
      List<Answer> stolen = steal(thief, victim);
      assertThat(stolen).allMatch(answer -> answer instanceof Refused);
      attacks += stolen.size();
    }
    System.out.printf(
        "signer: %d requests let in, %d attacks not, %d keys, %d restarts%n",
        requests, attacks, kids.size(), restarts);
    assertThat(kids).as("five rotations and more").hasSizeGreaterThanOrEqualTo(6);
    assertThat(restarts).isEqualTo(3);
  }

  private boolean isAlive(String token) throws Exception {
    return SignedJWT.parse(token).getJWTClaimsSet().getExpirationTime().toInstant().isAfter(now);
  }

  /// One of them is there; the other may be away just now.
  private List<Answer> steal(String thief, String victim) throws Exception {
    while (true) {
      try {
        return node(thief).ask(List.of(wanted(victim, "orders")));
      } catch (SigningException e) {
        assertThat(e).hasMessageContaining("127.0.0.1:1: no answer");
      }
    }
  }

  /// A Lease takes two seconds of everybody's time, not of the test's.
  private void awaitALeader() {
    await().until(() -> signers.stream().anyMatch(signer -> signer != null && signer.leads()));
  }
}
