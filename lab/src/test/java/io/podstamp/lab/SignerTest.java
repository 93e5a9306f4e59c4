package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The whole way of a token from `podstamp signer` to a receiver: the real programs on a Node.
/// Three Nodes, rotations and attacks are in `SignersTest`.
final class SignerTest {
  private static final Path PODSTAMP = Path.of("../target/podstamp").toAbsolutePath().normalize();
  private static final String ECHO = "http://" + Node.OUTSIDE_ADDRESS + ":" + EchoServer.PORT + "/";
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Path FOLDER = Lab.FOLDER.resolve("signer");

  private static String identity(String audience) {
    return "identity: {issuer: me, signer: {url: %s, folder: %s}, rules: [{destinations: [%s], ports: [%d], audience: %s}]}"
        .formatted(SignerProcess.URL, FOLDER, Node.OUTSIDE_ADDRESS, EchoServer.PORT, audience);
  }

  @Test
  void requestsCarryWhatTheSignerSigned_alsoAfterRestarts_andWhenItIsAwayItIsTold()
      throws Exception {
    try (Lab lab = Lab.withPodstamp(PODSTAMP)) {
      lab.api().createNamespace("shop");
      lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
      Files.createDirectories(FOLDER);
      Pod agent = lab.api().createAgentPod(Node.NAME);
      lab.api().giveToken("the agent's", agent);
      Files.writeString(FOLDER.resolve("token"), "the agent's");
      try (SignerProcess signer =
          SignerProcess.start(PODSTAMP, lab.api(), FOLDER, identity("orders"))) {
        await().atMost(PATIENCE).until(() -> !signer.published("ca.crt").isEmpty());
        Files.writeString(FOLDER.resolve("ca.crt"), signer.published("ca.crt"));
        lab.agent().configure(identity("orders"));
        LabPod pod = lab.runPod("shop", "web");
        awaitAToken(pod);
        Token token = Token.in(pod.curl("-H", "x_client-identity: forged", ECHO));
        assertThat(token.isSignedBy(Token.Key.published(signer.published("jwks.pem")))).isTrue();
        assertThat(token.claims().get("aud").asString()).isEqualTo("orders");
        assertThat(token.claims().get("ip").asString()).isEqualTo(pod.ip());
        assertThat(token.claims().at("/kubernetes.io/node/name").asString()).isEqualTo(Node.NAME);
        assertThat(lab.agent().explain(pod)).contains("The token for orders is good until ");

        lab.agent().restart();
        awaitAToken(pod);
        signer.restart();
        LabPod second = lab.runPod("shop", "second");
        awaitAToken(second);
        assertThat(
                Token.in(second.curl(ECHO))
                    .isSignedBy(Token.Key.published(signer.published("jwks.pem"))))
            .as("the same keys after its restart")
            .isTrue();
        assertThat(signer.metrics()).contains("podstamp_signer_key_known 1.0");

        signer.kill();
        LabPod late = lab.runPod("shop", "late", Map.of(), List.of());
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(lab.agent().explain(late))
                        .contains("There has been no token for orders since ")
                        .contains("signer 127.0.0.1:15913: no answer")
                        .contains("look at the signer behind 127.0.0.1:15913"));
        assertThat(late.curl("-H", "x_client-identity: forged", ECHO))
            .doesNotContain("forged")
            .doesNotContainIgnoringCase("client-identity");
        assertThat(Token.in(pod.curl(ECHO)).claims().get("aud").asString()).isEqualTo("orders");
        assertThat(lab.agent().podstamp("pods").orThrow().out()).contains("no token for orders");

        signer.restart();
        awaitAToken(late);
        Files.writeString(FOLDER.resolve("token"), "somebody's");
        lab.agent().restart();
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(lab.agent().explain(pod))
                        .contains("401 the API server does not know the token"));
        assertThat(signer.logText()).contains("refused (not_authenticated)");
        assertThat(pod.curl(ECHO)).doesNotContainIgnoringCase("client-identity");
        assertThat(signer.logText()).doesNotContain(" ERROR ");
      }
      assertThat(lab.agent().logText()).doesNotContain(" ERROR ");
    }
  }

  private static void awaitAToken(LabPod pod) {
    await().atMost(PATIENCE).until(() -> pod.curl(ECHO).contains("X-Client-Identity"));
  }
}
