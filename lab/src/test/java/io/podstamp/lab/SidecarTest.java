package io.podstamp.lab;

import static io.podstamp.lab.SidecarPods.NAME;
import static io.podstamp.lab.SidecarPods.NAMESERVERS;
import static io.podstamp.lab.SidecarPods.NOBODY;
import static io.podstamp.lab.SidecarPods.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/// What a user of lijiaocn/nginx-tranproxy would say after changing the image.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class SidecarTest {
  private static final String PODSTAMP =
      Path.of("../target/podstamp/bin/podstamp").toAbsolutePath().normalize().toString();
  private static final String READY = "redirecting ports";
  private static final int SIGKILL_STATUS = 137;
  private static final int CURL_RECEIVED_NO_MORE = 56;

  /// Enough to see that rules do not pile up; a hundred take minutes.
  private static final int RESTARTS = 5;

  private SidecarPods pods;
  private int logs;

  @BeforeAll
  void up() {
    pods = new SidecarPods();
  }

  @AfterAll
  void down() {
    pods.close();
  }

  @Test
  void commandLineOfTheOriginal_stampsBothPorts_andResolvesAtItsNameservers() {
    Netns pod = pods.addPod();
    try (Container sidecar = start(pod, original())) {
      int asked = pods.questions().size();
      for (int port : List.of(80, 8080)) {
        String url = "http://" + NAME + ":" + port;
        // The application was told a wrong address: only the name leads to the server.
        String wrong = NAME + ":" + port + ":" + NOBODY;

        String heads =
            curl(pod, "--resolve", wrong, "-w", "%{num_connects} ", url + "/1", url + "/2");

        assertThat(heads)
            .contains("GET /1 HTTP/1.1", "GET /2 HTTP/1.1")
            .contains("X-Client-Hostname: legacy\r\n", "tranproxy: true\r\n")
            .contains("X-Forwarded-For: " + address(pod) + "\r\n")
            .doesNotContain("onnection: close")
            .contains("\r\n\r\n1 GET")
            .endsWith("\r\n\r\n0 ");
      }
      assertThat(pods.questions().subList(asked, pods.questions().size())).contains(NAME);
      sidecar.signal("TERM");
      assertThat(sidecar.status()).isZero();
    }
    assertThat(redirects(pod)).isEmpty();
  }

  @Test
  void withoutNameserver_noDnsIsAsked() {
    Netns pod = pods.addPod();
    int asked = pods.questions().size();
    try (Container sidecar = start(pod, "-H", "tranproxy:true")) {
      assertThat(curl(pod, "--resolve", NAME + ":80:" + SERVER, "http://" + NAME + "/"))
          .contains("Host: " + NAME + "\r\n", "tranproxy: true\r\n");
      assertThat(sidecar.said()).doesNotContain("WARN").doesNotContain("ERROR");
    }
    assertThat(pods.questions()).hasSize(asked);
  }

  @Test
  void unknownName_isA502ThatSaysWhy() {
    Netns pod = pods.addPod();
    try (Container sidecar = start(pod, "-N", NAMESERVERS.getFirst())) {
      String answer =
          curl(pod, "-i", "-d", "x", "--resolve", "no.test:80:" + SERVER, "http://no.test/");

      assertThat(answer)
          .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
          .contains("no.test cannot be resolved: [192.0.2.53] answered NXDomain");
      assertThat(sidecar.said()).contains("no.test cannot be resolved");
    }
  }

  @Test
  void shortName_isSearchedInTheDomainsOfResolvConf() {
    Netns pod = pods.addPod();
    try (Container sidecar = start(pod, "-N", NAMESERVERS.getLast())) {
      assertThat(curl(pod, "--resolve", "shop:80:" + NOBODY, "http://shop/"))
          .contains("Host: shop\r\n");
      assertThat(sidecar.said()).doesNotContain("WARN");
    }
  }

  @Test
  void deadNameserver_theNextOneIsAsked() {
    Netns pod = pods.addPod();
    try (Container _ = start(pod, "-N", NOBODY, "-N", NAMESERVERS.getFirst())) {
      assertThat(curl(pod, "--resolve", NAME + ":80:" + NOBODY, "http://" + NAME + "/"))
          .contains("Host: " + NAME + "\r\n");
    }
  }

  @Test
  void ipv6_isStampedWithValuesAsTheyWereGiven() {
    Netns pod = pods.addPod();
    try (Container _ = start(pod, "-P", "8080", "-H", "X-Trace:a:b  c: {d}")) {
      assertThat(curl(pod, "http://[" + SidecarPods.SERVER_V6 + "]:8080/"))
          .contains("X-Trace: a:b  c: {d}\r\n");
    }
  }

  @Test
  void inOne_applicationIsStampedFromItsFirstRequest_andItsStatusIsKept() {
    Netns pod = pods.addPod();
    String application = "curl -sS http://" + SERVER + "/; printf '[%s]' \"$@\"; exit 7";

    Run run = inOne(pod, "sh", "-c", application, "sh", "a  b", "", "@x", "-P");

    assertThat(run.status()).isEqualTo(7);
    assertThat(run.out()).contains("tranproxy: true\r\n").endsWith("[a  b][][@x][-P]");
    assertThat(redirects(pod)).isEmpty();
    assertThat(inOne(pod, "sh", "-c", "kill -KILL $$").status()).isEqualTo(SIGKILL_STATUS);
  }

  @Test
  void inOne_everySignalReachesTheApplication() {
    Netns pod = pods.addPod();
    String application =
        """
        for s in HUP INT QUIT USR1 USR2; do trap "echo heard $s" $s; done
        trap "echo heard TERM; exit 5" TERM
        echo listening; while :; do sleep 0.1; done
        """;
    try (Container container = start(pod, "--", "bash", "-c", application).await("listening\n")) {
      for (String signal : List.of("HUP", "INT", "QUIT", "USR1", "USR2", "TERM")) {
        container.signal(signal);
        assertThat(
                Wait.until(
                    Duration.ofSeconds(10), () -> container.said().contains("heard " + signal)))
            .as(signal)
            .isTrue();
      }
      assertThat(container.status()).isEqualTo(5);
    }
    assertThat(redirects(pod)).isEmpty();
  }

  /// The server says where its answer ends by ending.
  @Test
  void serverPausesWhileTheSidecarLeaves_answerIsWholeOrEndsByAReset() {
    Netns pod = pods.addPod();
    try (Container sidecar = start(pod, "-P", "80")) {
      CompletableFuture<Run> inTime = paused(pod, 4);
      CompletableFuture<Run> tooLate = paused(pod, 60);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> pods.heads("/pause/4 ").size() + pods.heads("/pause/60 ").size() == 2);

      sidecar.signal("TERM");

      assertThat(inTime.join().orThrow().out()).isEqualTo(Echo.FIRST_HALF + Echo.SECOND_HALF);
      assertThat(tooLate.join().err()).contains("reset by peer");
      assertThat(tooLate.join().status()).isEqualTo(CURL_RECEIVED_NO_MORE);
      assertThat(sidecar.status()).isZero();
    }
    assertThat(redirects(pod)).isEmpty();
  }

  private static CompletableFuture<Run> paused(Netns pod, int seconds) {
    return CompletableFuture.supplyAsync(
        () -> pod.run("curl", "-sS", "-m", "100", "http://" + SERVER + "/pause/" + seconds),
        task -> Thread.ofVirtual().start(task));
  }

  /// The application has ended, what it started has not.
  @Test
  void inOne_whatAChildOfTheApplicationAwaits_arrivesWhole() {
    String application = "curl -sS http://" + SERVER + "/pause/3 & sleep 1; exit 7";

    Run run = inOne(pods.addPod(), "sh", "-c", application);

    assertThat(run.out()).isEqualTo(Echo.FIRST_HALF + Echo.SECOND_HALF);
    assertThat(run.status()).isEqualTo(7);
  }

  @Test
  void inOne_orphansAreReaped() {
    String application = "(sleep 0.5 & sleep 0.5 &); sleep 5; ps -e -o stat=,comm=";

    assertThat(inOne(pods.addPod(), "sh", "-c", application).orThrow().out())
        .contains(" ps\n")
        .doesNotContain("Z");
  }

  @Test
  void withoutTheRight_theApplicationDoesNotStart() {
    List<String> command =
        List.of("setpriv", "--bounding-set", "-net_admin", PODSTAMP, "sidecar", "--", "echo", "hi");

    Run run = Container.run(pods.addPod(), "legacy", command);

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).doesNotContain("hi");
    assertThat(run.err()).contains("NET_ADMIN").hasLineCount(1);
  }

  @Test
  void killedAndStartedAgain_oneSetOfRules_andNoneAfterTheEnd() {
    Netns pod = pods.addPod();
    for (int i = 0; i < RESTARTS; i++) {
      try (Container container = start(pod, "-P", "80")) {
        container.signal("KILL");
        assertThat(container.status()).isNotZero();
      }
      assertThat(redirects(pod)).hasSize(2);
    }
    try (Container container = start(pod, "-P", "80")) {
      assertThat(redirects(pod)).hasSize(2);
      assertThat(curl(pod, "http://" + SERVER + "/")).startsWith("GET / HTTP/1.1");
      container.signal("TERM");
      assertThat(container.status()).isZero();
    }
    assertThat(pod.run("nft", "list", "ruleset").orThrow().out()).isEmpty();
  }

  /// Strict rules have no lease whose renewal could fail; long before the 30 s clock they are back.
  @Test
  void strict_rulesFlushedByHand_areWrittenAgain() {
    Netns pod = pods.addPod();
    try (Container sidecar = start(pod, "-H", "tranproxy:true", "--profile", "strict")) {
      pod.run("nft", "flush", "ruleset").orThrow();
      await()
          .atMost(Duration.ofSeconds(25))
          .untilAsserted(() -> assertThat(redirects(pod)).hasSize(2));
      assertThat(curl(pod, "http://" + SERVER + "/")).contains("tranproxy: true\r\n");
      assertThat(sidecar.said()).contains("repairing");
    }
  }

  @Test
  void identity_isSignedInThePod_forItsRuleAlone() throws IOException {
    Netns pod = pods.addPod();
    Path folder = Files.createDirectories(Lab.FOLDER.resolve("identity-sidecar"));
    Token.Key key = Token.Key.make(folder, PODSTAMP);
    Path identity = folder.resolve("identity.yaml");
    Files.writeString(
        identity,
        "identity: {issuer: me, keyFile: %s, rules: [{destinations: [%s], ports: [80], audience: orders}]}"
            .formatted(key.file(), SERVER));
    List<String> command =
        List.of(
            "env",
            "POD_NAMESPACE=shop",
            "POD_NAME=legacy-0",
            "POD_UID=u-1",
            "POD_SERVICE_ACCOUNT=legacy",
            "NODE_NAME=n1",
            "NODE_IPS=10.0.0.1,fd00::1",
            PODSTAMP,
            "sidecar",
            "-P",
            "80",
            "-P",
            "8080",
            "--identity",
            identity.toString());
    Path log = Lab.FOLDER.resolve("sidecar-" + ++logs + ".log");
    try (Container sidecar = Container.start(pod, "legacy", command, log).await(READY)) {
      String forged = "X-Client-Identity: forged";
      Token token = Token.in(curl(pod, "-H", forged, "http://" + SERVER + "/"));
      assertThat(token.isSignedBy(key)).isTrue();
      assertThat(token.claims().get("sub").asString())
          .isEqualTo("system:serviceaccount:shop:legacy");
      assertThat(token.claims().get("ip").asString()).isEqualTo(address(pod));
      assertThat(token.claims().get("node_ips").valueStream().map(JsonNode::asString))
          .containsExactly("10.0.0.1", "fd00::1");
      assertThat(curl(pod, "-H", forged, "http://" + SERVER + ":8080/"))
          .doesNotContainIgnoringCase("X-Client-Identity");
      sidecar.signal("TERM");
      assertThat(sidecar.status()).isZero();
    }
    Run lacking = Container.run(pod, "legacy", command.subList(5, command.size()));
    assertThat(lacking.err()).contains("POD_NAMESPACE: not set (expected: ");
  }

  private static String[] original() {
    return ("-P 80 -P 8080 -N %s -N %s --Set-Forwarded-For default --Set-Client-Hostname default"
            + " -H tranproxy:true")
        .formatted(NAMESERVERS.getFirst(), NAMESERVERS.getLast())
        .split(" ");
  }

  private Container start(Netns pod, String... arguments) {
    List<String> command =
        Stream.concat(Stream.of(PODSTAMP, "sidecar"), Stream.of(arguments)).toList();
    Path log = Lab.FOLDER.resolve("sidecar-" + ++logs + ".log");
    return Container.start(pod, "legacy", command, log).await(READY);
  }

  private static Run inOne(Netns pod, String... command) {
    List<String> line =
        Stream.concat(
                Stream.of(PODSTAMP, "sidecar", "-H", "tranproxy:true", "--"), Stream.of(command))
            .toList();
    return Container.run(pod, "legacy", line);
  }

  private static String curl(Netns pod, String... arguments) {
    List<String> line =
        Stream.concat(Stream.of("curl", "-sS", "--max-time", "60"), Stream.of(arguments)).toList();
    return Run.of(pod.inside(line)).orThrow().out();
  }

  /// One for each family.
  private static List<String> redirects(Netns pod) {
    return pod.run("nft", "list", "ruleset")
        .orThrow()
        .out()
        .lines()
        .filter(line -> line.contains("goto hold"))
        .toList();
  }

  private static String address(Netns pod) {
    return "10.244." + pod.name().replace("pod-", "") + ".2";
  }
}
