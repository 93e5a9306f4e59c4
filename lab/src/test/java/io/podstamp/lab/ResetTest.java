package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A reset stays a reset, both ways, direct and captured: a message that was cut off never looks
/// complete. The server is this test, on the Node.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class ResetTest {
  private static final int LIMIT_MILLIS = 20_000;
  private static final int CURL_RECEIVE_ERROR = 56;

  private Lab lab;

  @BeforeAll
  void up() {
    Run.ok("node", "--version"); // says at once what is missing
    lab = Lab.withPodstamp(Path.of("../target/podstamp"));
    lab.api().createNamespace("quiet");
    lab.api().createNamespace("shop");
    lab.api().annotateNamespace("shop", "podstamp.io/enabled", "true");
  }

  @AfterAll
  void down() {
    assertThat(lab.agent().logText().lines())
        .as("lines that begin with a time: no stack trace")
        .allMatch(line -> line.matches("\\d{4}-\\d{2}-\\d{2}T.*"));
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quiet", "shop"})
  void serverResets_inTheMiddleOfItsAnswer_clientSeesAReset(String namespace) throws IOException {
    LabPod pod = lab.runPod(namespace, "reads");
    try (ServerSocket server = listen()) {
      CompletableFuture<Run> curl =
          CompletableFuture.supplyAsync(() -> pod.curlRun("http://" + Node.BRIDGE_ADDRESS + "/"));
      try (Socket connection = server.accept()) {
        assertThat(connection.getInputStream().read()).isEqualTo('G');
        connection
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
        connection.setSoLinger(true, 0);
      }

      assertThat(curl.join().status()).isEqualTo(CURL_RECEIVE_ERROR);
      assertThat(curl.join().err()).contains("Connection reset by peer");
    }
    lab.deletePod(pod);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quiet", "shop"})
  void clientResets_serverSeesAReset(String namespace) throws IOException {
    LabPod pod = lab.runPod(namespace, "resets");
    try (ServerSocket server = listen();
        InputStream script = ResetTest.class.getResourceAsStream("node-reset.js")) {
      List<String> node = List.of("node", "-", Node.BRIDGE_ADDRESS, "80");
      CompletableFuture<Run> client =
          CompletableFuture.supplyAsync(
              () -> Run.of(new ProcessBuilder(pod.netns().inside(node)), script::transferTo));
      try (Socket connection = server.accept()) {
        connection.setSoTimeout(LIMIT_MILLIS);
        connection.getOutputStream().write('x');

        assertThatThrownBy(() -> connection.getInputStream().read())
            .isInstanceOf(SocketException.class)
            .hasMessageContaining("reset");
      }
      client.join().orThrow();
    }
    lab.deletePod(pod);
  }

  /// On a captured port of the Node, as Pods reach it without masquerade.
  private static ServerSocket listen() throws IOException {
    ServerSocket server = new ServerSocket();
    server.setSoTimeout(LIMIT_MILLIS);
    server.bind(new InetSocketAddress(InetAddress.ofLiteral(Node.BRIDGE_ADDRESS), 80));
    return server;
  }
}
