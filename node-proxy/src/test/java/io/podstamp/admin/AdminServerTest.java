package io.podstamp.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init")
class AdminServerTest {
  private final Readiness readiness = new Readiness();
  private AdminServer server;

  @BeforeEach
  void up() throws IOException {
    server =
        AdminServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .byAddressOnly()
            .probes(readiness)
            .page("/", new StatusPage())
            .question("/explain", "pod", AdminServerTest::explain)
            .start();
  }

  private static AdminServer.Answer explain(String pod) {
    return AdminServer.Answer.text(200, "[" + pod + "]");
  }

  @AfterEach
  void down() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.1:15911",
        "[::1]:15911",
        "[::1]",
        "localhost",
        "LocalHost:1"
      })
  void host_thatIsAnAddress_isAnswered(String host) throws IOException {
    assertThat(ask("GET /healthz HTTP/1.1\r\nHost: " + host)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:15911",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[::1",
        "a:b:c",
        ""
      })
  void host_thatIsAName_isRefused(String host) throws IOException {
    assertThat(ask("GET /healthz HTTP/1.1\r\nHost: " + host)).startsWith("HTTP/1.1 421 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
  void method_thatMayChangeSomething_isRefused(String method) throws IOException {
    assertThat(ask(method + " /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0"))
        .startsWith("HTTP/1.1 405 ")
        .contains("Allow: GET, HEAD");
  }

  @Test
  void head_hasHeadersAndNoContent() throws IOException {
    assertThat(ask("HEAD /healthz HTTP/1.1\r\nHost: localhost"))
        .startsWith("HTTP/1.1 200 ")
        .containsIgnoringCase("Content-length: 6")
        .endsWith("\r\n\r\n");
  }

  @Test
  void readyz_namesWhatIsAwaited() throws IOException {
    Readiness.Token token = readiness.await("the list of Pods");
    assertThat(ask("GET /readyz HTTP/1.1\r\nHost: localhost"))
        .startsWith("HTTP/1.1 503 ")
        .endsWith("awaiting the list of Pods\n");

    token.close();
    assertThat(ask("GET /readyz HTTP/1.1\r\nHost: localhost")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void question_isDecoded() throws IOException {
    assertThat(ask("GET /explain?x=1&pod=shop%2Fweb+0&pod=b HTTP/1.1\r\nHost: localhost"))
        .endsWith("[shop/web 0]\n");
    assertThat(ask("GET /explain HTTP/1.1\r\nHost: localhost")).endsWith("[]\n");
  }

  @Test
  void unknownPath_isNotTheStatusPage() throws IOException {
    assertThat(ask("GET /healthz/x HTTP/1.1\r\nHost: localhost")).startsWith("HTTP/1.1 404 ");
    assertThat(ask("GET /nothing HTTP/1.1\r\nHost: localhost")).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void statusPage_allowsItsOwnScriptAndNothingFromElsewhere() throws IOException {
    String answer = ask("GET / HTTP/1.1\r\nHost: localhost");

    assertThat(answer)
        .startsWith("HTTP/1.1 200 ")
        .containsPattern(
            "(?i)content-security-policy: default-src 'none'; .*script-src 'sha256-[^']+'; style-src 'sha256-[^']+'\r\n")
        .doesNotContainPattern("(?:src|href)=\"(?:https?:)?//")
        .doesNotContain("unsafe-inline", "innerHTML");
  }

  private String ask(String head) throws IOException {
    InetSocketAddress at = server.address();
    try (Socket socket = new Socket(at.getAddress(), at.getPort());
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream()) {
      socket.setSoTimeout(20_000);
      out.write((head + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
