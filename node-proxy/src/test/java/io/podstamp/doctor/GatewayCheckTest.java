package io.podstamp.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Gateways that are wrong in one way each; real ones are in `ReceiversTest`.
class GatewayCheckTest {
  private static final InetAddress POD = InetAddress.ofLiteral("10.244.1.6");

  private static List<Finding> look(InetAddress pod, int status, Function<Headers, String> gateway)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body =
              gateway.apply(exchange.getRequestHeaders()).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      return new GatewayCheck(uri(server.getAddress().getPort()), pod).look();
    } finally {
      server.stop(0);
    }
  }

  private static URI uri(int port) {
    return URI.create("http://127.0.0.1:" + port + "/ip");
  }

  private static String last(Headers headers) {
    String list = String.valueOf(headers.getFirst("X-Forwarded-For"));
    return list.substring(list.lastIndexOf(' ') + 1);
  }

  private static String first(Headers headers) {
    return String.valueOf(headers.getFirst("X-Forwarded-For")).replaceFirst(",.*", "");
  }

  @Test
  void right_isOk() throws IOException {
    List<Finding> findings = look(POD, 200, headers -> "{\"ip\": \"%s\"}".formatted(last(headers)));
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().level()).isEqualTo(Finding.Level.OK);
    assertThat(findings.getFirst().sentence())
        .endsWith("took 10.244.1.6 for the client's address, behind a forged element too");
    assertThat(look(POD, 200, headers -> "::ffff:" + last(headers) + ":80."))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.OK);
    assertThat(look(InetAddress.ofLiteral("fd00:0::6"), 200, headers -> "[" + last(headers) + "]"))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.OK);
  }

  @Test
  void leftmost_isToBeKnown() throws IOException {
    Finding finding = look(POD, 200, headers -> first(headers)).getFirst();
    assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
    assertThat(finding.sentence())
        .contains("took '192.88.99.66' for the client's address, of X-Forwarded-For: 192.88.99.66");
    assertThat(finding.fix()).contains("keep mode set");
  }

  /// An address that only begins or ends like the Pod's is another one.
  @Test
  void headerNotRead_fails() throws IOException {
    for (String node : List.of("10.244.1.60", "110.244.1.6", "10.214.0.7", "", "10.244.1.6.1")) {
      Finding finding = look(POD, 200, headers -> node).getFirst();
      assertThat(finding.level()).as(node).isEqualTo(Finding.Level.FAIL);
      assertThat(finding.sentence()).contains("did not take 10.244.1.6", "answered '" + node + "'");
      assertThat(finding.fix()).contains("trust the Nodes' addresses");
    }
  }

  @Test
  void preferredNames_areTold() throws IOException {
    List<Finding> findings =
        look(
            POD,
            200,
            headers -> {
              String realIp = headers.getFirst("X-Real-IP");
              String forwarded = headers.getFirst("Forwarded");
              return forwarded != null ? forwarded : realIp != null ? realIp : last(headers);
            });
    assertThat(findings).hasSize(2);
    assertThat(findings.getLast().fix())
        .isEqualTo("removeAlso: [Forwarded, X-Real-IP] in podstamp's config file");
  }

  @Test
  void noAnswer_fails() throws IOException {
    assertThat(look(POD, 404, headers -> "no").getFirst().sentence())
        .endsWith("gave no address: it answered 404 (expected: 200)");
    Finding finding = new GatewayCheck(uri(1), POD).look().getFirst();
    assertThat(finding.level()).isEqualTo(Finding.Level.FAIL);
    assertThat(finding.sentence()).contains("http://127.0.0.1:1/ip gave no address: ");
  }
}
