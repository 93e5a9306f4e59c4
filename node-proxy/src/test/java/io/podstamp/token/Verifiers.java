package io.podstamp.token;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A snippet of `docs/gateway.md` that verifies tokens, run by the program that it is for, in front
/// of a server that answers with the ServiceAccount that reached it.
@Timeout(120)
abstract class Verifiers {
  private static final Path DOCS = Path.of("../docs/gateway.md");
  private static final String HEADER = "X-Client-Identity: ";
  private static final String ACCOUNT = "system:serviceaccount:shop:checkout";

  final SigningKeys keys = SigningKeys.parse(Keys.p256() + Keys.p256());
  private final Instant now = Instant.now();
  private HttpServer backend;
  int port;
  @TempDir Path home;

  @BeforeEach
  void backend() throws IOException {
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          byte[] body =
              (exchange.getRequestHeaders().get("X-Pod-Account")
                      + " "
                      + exchange.getRequestHeaders().containsKey("X-Client-Identity"))
                  .getBytes(ISO_8859_1);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    backend.start();
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void end() {
    backend.stop(0);
  }

  private static PodClaims claims(String issuer, String audience, String nodeIp) {
    return new PodClaims(
        issuer,
        audience,
        "shop",
        "web-0",
        "u1",
        "checkout",
        "n1",
        "10.244.1.17",
        List.of("fd00::7", nodeIp));
  }

  private static final PodClaims GOOD =
      claims("https://podstamp.example", "orders-gateway", "127.0.0.1");

  private static String signed(SigningKey key, PodClaims claims, Instant at) {
    return HEADER + PodToken.sign(key, claims, at).text() + "\r\n";
  }

  private String signed(PodClaims claims) {
    return signed(keys.current(), claims, now);
  }

  /// The status line's number, and the body.
  private String ask(String lines) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + lines + "\r\n")
                  .getBytes(ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      return answer.split(" ", 3)[1]
          + (answer.contains(ACCOUNT) ? answer.substring(answer.indexOf('[')) : "");
    }
  }

  private void letsInWhoItShould_andNobodyElse(boolean comparesNode) throws IOException {
    String good = signed(GOOD);
    SigningKey other = SigningKeys.parse(Keys.p256()).current();
    assertThat(ask(good)).isEqualTo("200[" + ACCOUNT + "] false");
    assertThat(ask(good.replace("X-Client", "x-client") + "X-Pod-Account: root\r\n"))
        .isEqualTo("200[" + ACCOUNT + "] false");
    assertThat(ask(signed(keys.keys().getLast(), GOOD, now))).as("the next key").startsWith("200");
    assertThat(ask(signed(other, GOOD, now))).as("an unknown key").isIn("401", "403");
    assertThat(ask(signed(keys.current(), GOOD, now.minusSeconds(290))))
        .as("ten seconds left")
        .startsWith("200");
    assertThat(ask(signed(keys.current(), GOOD, now.minusSeconds(301))))
        .as("expired")
        .isIn("401", "403");
    assertThat(ask(signed(claims(GOOD.issuer(), "billing-gateway", "127.0.0.1"))))
        .as("another audience")
        .isIn("401", "403");
    assertThat(ask(signed(claims("https://other.example", GOOD.audience(), "127.0.0.1"))))
        .as("another issuer")
        .isIn("401", "403");
    assertThat(ask(signed(claims(GOOD.issuer(), GOOD.audience(), "10.0.0.9"))))
        .as("another Node")
        .startsWith(comparesNode ? "403" : "200");
    assertThat(ask(good + good)).as("two lines").isIn("401", "403");
    assertThat(ask(signed(other, GOOD, now) + good)).as("forged first").isIn("401", "403");
    assertThat(ask(good + signed(other, GOOD, now))).as("forged last").isIn("401", "403");
    assertThat(ask("")).as("none").isIn("401", "403");
    assertThat(ask(HEADER + "\r\n")).as("empty").isIn("401", "403");
    String[] parts = good.strip().substring(HEADER.length()).split("\\.", -1);
    String none = Base64Url.of("{\"alg\":\"none\",\"typ\":\"" + PodToken.TYPE + "\"}");
    for (String forged :
        List.of(
            none + "." + parts[1] + ".",
            none + "." + parts[1] + "." + parts[2],
            parts[0] + "." + parts[1] + ".",
            parts[0] + "." + Base64Url.of("{}") + "." + parts[2],
            parts[0] + "." + parts[1],
            parts[1] + "." + parts[0] + "." + parts[2],
            "a.b.c",
            "..",
            good.strip().substring(HEADER.length()) + ",a")) {
      assertThat(ask(HEADER + forged + "\r\n")).as(forged).isIn("401", "403");
    }
  }

  /// @param comparesNode whether it lets in a Pod of its own Node only
  void run(boolean comparesNode, String... command) throws IOException, InterruptedException {
    Path log = home.resolve("log");
    Process gateway =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> !gateway.isAlive() || isListening());
      assertThat(gateway.isAlive()).as(Files.readString(log)).isTrue();
      letsInWhoItShould_andNobodyElse(comparesNode);
    } finally {
      gateway.destroy();
      gateway.waitFor(30, TimeUnit.SECONDS);
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  String backendAddress() {
    return "127.0.0.1:" + backend.getAddress().getPort();
  }

  /// The indented lines below a heading, four columns to the left.
  static String snippet(String heading) throws IOException {
    return Files.readAllLines(DOCS).stream()
        .dropWhile(line -> !line.equals(heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("    ") || line.isEmpty())
        .map(line -> line.isEmpty() ? line : line.substring(4))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
