package io.podstamp.accept;

import static io.podstamp.config.Profile.STRICT;
import static io.podstamp.config.Profile.TRANSPARENT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the first bytes of a connection lead to: docs/http.md, "A new connection".
class ProtocolDetectorTest {
  private static final String FORGED = "X-Client-Hostname: evil\r\n";

  /// A ClientHello of 64 bytes, as far as its framing goes.
  private static final String HELLO = "\u0016\u0003\u0001\0@\u0001\0\0<" + "h".repeat(60);

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static Wire.Outcome passed(String bytes, String... told) {
    return new Wire.Outcome(bytes, "", List.of(told), List.of());
  }

  @ParameterizedTest
  @EnumSource
  void clientHello_passes(Profile profile) {
    for (Wire.Outcome outcome : Wire.everyWay(profile, HELLO)) {
      assertThat(outcome).isEqualTo(passed(HELLO, "unstamped TLS"));
    }
  }

  /// Words between controls are a request line to some servers: `u`, `h2`, `http/1.1` are none,
  /// though curl's hello has them so.
  @Test
  void clientHello_withAlpn_strict_passes() {
    String alpn = "\u0001\0\u0001u\0\u0010\0\u000e\0\u000c\u0002h2\bhttp/1.1\0\u0016";
    String hello = HELLO.substring(0, HELLO.length() - alpn.length()) + alpn;
    for (Wire.Outcome outcome : Wire.everyWay(STRICT, hello)) {
      assertThat(outcome).isEqualTo(passed(hello, "unstamped TLS"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.shop", "nine.shop", "a-name-of-thirty-two-bytes.shop.x"})
  void clientHello_ofTheJdk_strict_passes(String host) throws Exception {
    for (String[] protocols : new String[][] {{}, {"http/1.1"}, {"h2", "http/1.1"}}) {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(host, 443);
      engine.setUseClientMode(true);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      engine.setSSLParameters(parameters);
      ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), record);
      String hello = new String(record.array(), 0, record.position(), ISO_8859_1);

      assertThat(new Wire(STRICT).send(hello).close()).isEqualTo(passed(hello, "unstamped TLS"));
    }
  }

  /// A key share that is safe from quantum computers has 1216 of them.
  @Test
  void clientHello_ofManyRandomBytes_strict_passes() {
    Random random = new Random(1);
    for (int run = 0; run < 1_000; run++) {
      byte[] bytes = new byte[1_500];
      random.nextBytes(bytes);
      String hello =
          "\u0016\u0003\u0001\u0005\u00e0\u0001\0\u0005\u00dc" + new String(bytes, ISO_8859_1);

      assertThat(new Wire(STRICT).send(hello).close())
          .as("seed 1, run %d", run)
          .isEqualTo(passed(hello, "unstamped TLS"));
    }
  }

  @Test
  void clientHello_withARequestLine_strict_isReset() {
    for (String line : List.of("GET /x HTTP/1.1\r\n", "\0get\0http://x\bhttp/1.1", "\nget /x ")) {
      Wire.Outcome outcome =
          new Wire(STRICT).send(HELLO.substring(0, 20) + "\n" + line).idle(1_000).close();
      assertThat(outcome.events()).containsExactly("Abort");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0016\u0002\u0001\0@\u0001\0\0<",
        "\u0016\u0003\u0005\0@\u0001\0\0<",
        "\u0016\u0003\u0001\0\u0003\u0001\0\0<",
        "\u0016\u0003\u0001@\u0001\u0001\0P<",
        "\u0016\u0003\u0001\0@\u0002\0\0<",
        "\u0016\u0003\u0001\0@\u0001\0\0;",
        "\u0016GET /x y\r\n"
      })
  void falseClientHello_isNoTls(String bytes) {
    for (Wire.Outcome outcome : Wire.everyWay(TRANSPARENT, bytes + "\r\n" + FORGED)) {
      assertThat(outcome.tally()).last().isEqualTo("tripped");
      assertThat(outcome.tally()).doesNotContain("unstamped TLS");
      assertThat(outcome.upstream()).isEqualTo(bytes + "\r\n");
    }
  }

  @ParameterizedTest
  @EnumSource
  void forgedClientHelloBeforeHttp_neverDeliversOurName(Profile profile) {
    for (String answer : List.of("HTTP/1.1 400 no\r\n", "\u0017")) {
      Wire wire = new Wire(profile).send(HELLO + "\r\nGET / HTTP/1.1\r\n").answer(answer);
      Wire.Outcome outcome = wire.send("X_client.hostname").send(" : evil\r\n\r\n").close();

      assertThat(outcome.upstream()).startsWith(HELLO + "\r\nGET ").doesNotContain("evil");
      assertThat(outcome.events()).containsExactly("Abort");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0016\u0003\u0003", "\u0015\u0003\u0001"})
  void clientHello_answeredInTls_isNotWatchedAnyMore(String answer) {
    Wire wire = new Wire(STRICT).send(HELLO);
    assertThat(wire.isWatched()).isTrue();
    wire.answer(answer);
    assertThat(wire.isWatched()).isFalse();
    assertThat(wire.send("\r\n" + FORGED).close().upstream()).isEqualTo(HELLO + "\r\n" + FORGED);
  }

  @ParameterizedTest
  @EnumSource
  void http2Preface_passes_andIsNothingToCount(Profile profile) {
    for (Wire.Outcome outcome : Wire.everyWay(profile, PREFACE)) {
      assertThat(outcome).isEqualTo(new Wire.Outcome(PREFACE, "", List.of(), List.of()));
    }
  }

  /// Some server may read the rest as HTTP/2, of whose headers the tripwire sees nothing.
  @ParameterizedTest
  @ValueSource(
      strings = {"PRI * HTTP/2.0\r\n\r\nSX\r\n", "\r\n" + PREFACE, "\n" + PREFACE, "x\n" + PREFACE})
  void prefaceThatIsOdd_isReset(String bytes) {
    for (Wire.Outcome outcome : Wire.everyWay(TRANSPARENT, bytes)) {
      assertThat(outcome.upstream()).doesNotContain("HTTP/2.0\r\n");
      assertThat(outcome.events()).containsExactly("Abort");
    }
    for (Wire.Outcome outcome : Wire.everyWay(STRICT, bytes)) {
      assertThat(outcome.upstream()).doesNotContain("HTTP/2.0\r\n");
      assertThat(outcome.events()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*3\r\n$3\r\nSET\r\n$5\r\npod:1\r\n$1\r\nx\r\n",
        "set pod:1 0 0 1\r\n1\r\n",
        "get a b\r\n",
        "incr a 5\r\n",
        "mg foo v\r\n",
        "version\r\n",
        "EHLO me.example\r\n",
        "ehlo [192.0.2.1]\r\n",
        "SUB foo 1\r\n",
        "STOMP\n",
        "PING\r\n",
        "PASS x\r\n",
      })
  void openingOfAnotherProtocol_alone_provesNothing(String line) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.everyWay(profile, line + FORGED)) {
        assertThat(line).startsWith(outcome.upstream());
        assertThat(outcome.tally()).containsExactly("unstamped NOT_HTTP", "tripped");
        assertThat(outcome.events()).containsExactly("Abort");
      }
    }
  }

  /// What no server takes for a request, and is not on the closed list.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"X-Client-Hostname\":1}\n",
        "\0\0\0\n\0\0\0\1",
        "SSH-2.0-x\r\n",
        "?helo\r\n",
        "PONG :x\r\n",
        "\u00fc\u00fc\u00fc\n",
        "1\r\n",
      })
  void otherProtocol_passes_watched(String line) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.everyWay(profile, line)) {
        assertThat(outcome).isEqualTo(passed(line, "unstamped NOT_HTTP"));
      }
      String rest = line.endsWith("\n") ? "" : "\n";
      for (Wire.Outcome outcome : Wire.everyWay(profile, line + rest + FORGED)) {
        assertThat(outcome.upstream()).isEqualTo(line + rest);
        assertThat(outcome.tally()).containsExactly("unstamped NOT_HTTP", "tripped");
        assertThat(outcome.events()).containsExactly("Abort");
      }
    }
  }

  /// What some server takes for a request (docs/http.md), though it is none.
  static Stream<String> oddRequests() {
    return Stream.of(
        "GET /\r\n",
        "GET x\r\n",
        "GET / RTSP/1.0\r\n",
        "OPTIONS * ICE/1.0\r\n",
        "GET / http/1.1\r\n",
        "get /x y\r\n",
        "foo http://a/ bar\r\n",
        "GET\t/\tHTTP/1.1\r\n",
        "GET / HTTP/2.0\r\n",
        "GET / HTTP/1.10\r\n",
        "GET  / HTTP/1.1\r\n",
        " GET / HTTP/1.1\r\n",
        "\nGET / HTTP/1.1\r\n",
        "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n",
        "\rGET / HTTP/1.1\r\n",
        "set /x 0 0 5\r\n",
        "CONNECT a:1\r\n",
        "G".repeat(65) + " / HTTP/1.1\r\n");
  }

  @ParameterizedTest
  @MethodSource("oddRequests")
  void oddRequest_transparent_passesWatched(String line) {
    for (Wire.Outcome outcome : Wire.everyWay(TRANSPARENT, line + "A: b\r\n\r\n")) {
      assertThat(outcome.upstream()).isEqualTo(line + "A: b\r\n\r\n");
      assertThat(outcome.tally()).hasSize(1).first().asString().startsWith("unstamped ");
    }
    for (Wire.Outcome outcome : Wire.everyWay(TRANSPARENT, line + FORGED + "\r\n")) {
      assertThat(outcome.upstream()).isEqualTo(line);
      assertThat(outcome.events()).containsExactly("Abort");
    }
  }

  @ParameterizedTest
  @MethodSource("oddRequests")
  void oddRequest_strict_isAnswered400(String line) {
    for (Wire.Outcome outcome : Wire.everyWay(STRICT, line + "A: b\r\n\r\n")) {
      assertThat(outcome.upstream()).isEmpty();
      assertThat(outcome.downstream())
          .startsWith("HTTP/1.1 400 ")
          .contains("\r\nX-Podstamp-Refused: odd_start\r\n");
      assertThat(outcome.tally()).containsExactly("refused ODD_START");
      assertThat(outcome.events()).containsExactly("Refuse");
    }
  }

  /// Junk that some server skips may be the beginning of a binary protocol: it passes at once, and
  /// what follows it is cut off when it turns out to be a request.
  @ParameterizedTest
  @ValueSource(
      strings = {"\0GET |/ X\r\n", "\u00ef\u00bb\u00bfGET |/ HTTP/1.1\r\n", "\0\0\n\0GET |/\r\n"})
  void oddRequestBehindJunk_strict_isReset(String line) {
    for (Wire.Outcome outcome : Wire.everyWay(STRICT, line.replace("|", ""))) {
      assertThat(outcome.upstream()).isEqualTo(line.substring(0, line.indexOf('|')));
      assertThat(outcome.downstream()).isEmpty();
      assertThat(outcome.tally()).containsExactly("unstamped NOT_HTTP", "refused ODD_START");
      assertThat(outcome.events()).containsExactly("Abort");
    }
  }

  @Test
  void ourNameAndThenARequest_behindJunk_strict_isResetOnce() {
    for (Wire.Outcome outcome : Wire.everyWay(STRICT, "\0\nX-Client-Hostname: evil /\n")) {
      assertThat(outcome.upstream()).isEqualTo("\0\n");
      assertThat(outcome.tally()).containsExactly("unstamped NOT_HTTP", "tripped");
      assertThat(outcome.events()).containsExactly("Abort");
    }
  }

  @ParameterizedTest
  @EnumSource
  void serverFirst_isNotWatched_whateverComes(Profile profile) {
    Wire wire = new Wire(profile).answer("220 ready\r\n");
    assertThat(wire.isWatched()).isFalse();
    assertThat(wire.send("GET /\r\n" + FORGED).close())
        .isEqualTo(
            new Wire.Outcome(
                "GET /\r\n" + FORGED,
                "220 ready\r\n",
                List.of("unstamped SERVER_FIRST"),
                List.of()));
  }

  /// What a server says first proves something only if it is the beginning of a protocol's
  /// greeting.
  @Test
  void serverFirst_inNoKnownProtocol_isWatched() {
    Wire wire = new Wire(TRANSPARENT).answer("hello\r\n");
    assertThat(wire.isWatched()).isTrue();
    assertThat(wire.send("GET /\r\n" + FORGED).close().upstream()).isEqualTo("GET /\r\n");
    Wire strict = new Wire(STRICT).answer("hello\r\n");
    assertThat(strict.send("GET /\r\n").close().upstream()).isEqualTo("GET ");
  }

  @ParameterizedTest
  @EnumSource
  void greeting_inPieces_isProof(Profile profile) {
    Wire wire = new Wire(profile).answer("2").send("EHLO ").answer("20 ready\r\n").send("x\r\n");
    assertThat(wire.isWatched()).isFalse();
    assertThat(wire.close().upstream()).isEqualTo("EHLO x\r\n");
  }

  /// A greeting and the client's opening, or both the other way round.
  static Stream<List<String>> pairs() {
    return Stream.of(
        List.of("*1\r\n$4\r\nPING\r\n", "+PONG\r\n"),
        List.of("PING\r\n", "+PONG\r\n"),
        List.of("set a 0 0 1\r\n1\r\n", "STORED\r\n"),
        List.of("get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"),
        List.of("\0\0\0\b\u0004\u00d2\u0016/", "N", "R\0\0\0"),
        List.of("\0\0\0\b\u0004\u00d2\u0016/", "S", "\u0016\u0003"),
        List.of("\0\0\0(\0\3\0\0user\0a\0\0", "R\0\0\0"),
        List.of("\u0010\u0013\0\u0004MQTT\u0004\u0002\0<\0\u0007x", " \u0002\0\0"),
        List.of("AMQP\0\0\u0009\u0001", "\u0001\0\0\0\0\u0001"),
        List.of("\0\0\0#\0\u0012\0\u0003\0\0\0\u0001\0\u0001x", "\0\0\u0001\u0002\0\0\0\u0001"),
        List.of("ruok\n", "imok"),
        List.of("@RSYNCD: 32.0 sha512 md5\n", "@RSYNCD: 31.0 md5\n"),
        List.of("EHLO x\r\n", "250-hi\r\n"),
        List.of("SUB a 1\r\nPING\r\n", "PONG\r\n"));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void pairOfOpeningAndAnswer_isNotWatchedAnyMore(List<String> pair) {
    for (Profile profile : Profile.values()) {
      Wire wire = new Wire(profile).send(pair.getFirst());
      assertThat(wire.isWatched()).as("%s", pair).isTrue();
      for (int i = 1; i < pair.size(); i++) {
        wire.answer(pair.get(i));
      }
      assertThat(wire.isWatched()).as("%s", pair).isFalse();
      String rest = "\r\nGET / HTTP/1.1\r\n" + FORGED + "\r\n";
      assertThat(wire.send(rest).close().upstream()).isEqualTo(pair.getFirst() + rest);

      Wire early = new Wire(profile).send(pair.getFirst() + "\r\n" + FORGED);
      for (int i = 1; i < pair.size(); i++) {
        early.answer(pair.get(i));
      }
      assertThat(early.close().upstream()).isEqualTo(pair.getFirst() + "\r\n" + FORGED);
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void openingAnsweredInHttp_staysWatched(List<String> pair) {
    for (String answer :
        List.of("HTTP/1.1 400 " + pair.getFirst(), "<html>", "\0\0\6\4\0\0\0\0\0", "Not found")) {
      Wire wire = new Wire(TRANSPARENT).send(pair.getFirst()).answer(answer).send("\r\n" + FORGED);
      Wire.Outcome outcome = wire.close();
      assertThat(outcome.upstream()).as(answer).doesNotContain("evil");
      assertThat(outcome.events()).as(answer).containsExactly("Abort");
    }
  }

  /// In text, what ends a head for a lenient server ends the connection.
  @Test
  void emptyLine_beforeAnyProof_strict_isReset() {
    for (Wire.Outcome outcome : Wire.everyWay(STRICT, "hello\r\nA: b\r\n\r\nmore")) {
      assertThat(outcome.upstream()).startsWith("hello\r\nA: b\r\n").doesNotContain("more");
      assertThat(outcome.events()).containsExactly("Abort");
    }
    assertThat(new Wire(TRANSPARENT).send("hello\r\n\r\nmore").close().upstream())
        .isEqualTo("hello\r\n\r\nmore");
  }

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n" + FORGED + "\r\n";
  private static final String GOT = "GET / HTTP/1.1\r\n" + Wire.STAMP + "Host: a\r\n\r\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY UNKNOWN\r\n",
        "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000c\1\2\3\4\5\6\7\b\1\2\3\4",
        "\r\n\r\n\0\r\nQUIT\n \0\0\0",
      })
  void proxyHeader_passes_andWhatFollowsIsABeginning(String header) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.everyWay(profile, header + GET)) {
        assertThat(outcome).isEqualTo(passed(header + GOT, "stamped-1"));
      }
      for (Wire.Outcome outcome : Wire.everyWay(profile, header + HELLO)) {
        assertThat(outcome).isEqualTo(passed(header + HELLO, "unstamped TLS"));
      }
    }
  }

  @Test
  void proxyLine_thatIsNone_isWatched() {
    for (String line : List.of("PROXY\r\n", "PROXY TCP4" + " x".repeat(60) + "\r\n", "PROXY a\n")) {
      assertThat(new Wire(TRANSPARENT).send(line + GET).close().upstream()).doesNotContain("evil");
    }
  }

  @Test
  void serverFirst_releasesAFirstLineThatWaits() {
    Wire.Outcome outcome = new Wire(STRICT).send("HELLO").answer("+OK\r\n").close();
    assertThat(outcome.upstream()).isEqualTo("HELLO");
    assertThat(outcome.tally()).containsExactly("unstamped SERVER_FIRST");
  }

  @Test
  void serverFirst_inHttp_changesNothing() {
    Wire.Outcome outcome =
        new Wire(TRANSPARENT)
            .answer("HT")
            .answer("TP/1.1 408 late\r\n\r\n")
            .send("GET / HTTP/1.1\r\n\r\n")
            .close();
    assertThat(outcome.tally()).containsExactly("stamped-0");
  }

  @Test
  void strict_answerInFlight_isResetInsteadOf400() {
    Wire.Outcome outcome = new Wire(STRICT).answer("HTTP/1.1 408").send("GET /\r\n").close();
    assertThat(outcome.downstream()).isEqualTo("HTTP/1.1 408");
    assertThat(outcome.events()).containsExactly("Abort");
  }

  @Test
  void firstLineWithoutEnd_leaves_andIsNoRequestAtEof() {
    assertThat(new Wire(TRANSPARENT).send("HELLO me").close()).isEqualTo(passed("HELLO me"));
    Wire.Outcome outcome = new Wire(TRANSPARENT).send("HELLO me").eof().close();
    assertThat(outcome.upstream()).isEqualTo("HELLO me");
    assertThat(outcome.tally()).containsExactly("unstamped NOT_HTTP");
  }

  @Test
  void requestLineOver64KiB_isNotHeld() {
    String line = "GET /" + "a".repeat(70_000);
    assertThat(new Wire(TRANSPARENT).send(line).close())
        .isEqualTo(passed(line, "unstamped HEAD_TOO_LARGE"));
    Wire.Outcome strict = new Wire(STRICT).send(line).close();
    assertThat(strict.downstream()).startsWith("HTTP/1.1 431 ");
    assertThat(strict.upstream()).isEmpty();
  }

  @Test
  void otherProtocolsLine_thatIsVeryLong_isWatched() {
    String line = "get " + "k".repeat(2_000) + "\r\n";
    assertThat(new Wire(TRANSPARENT).send(line + FORGED).close().upstream()).isEqualTo(line);
  }

  @Test
  void noNameToGuard_nothingIsWatched() {
    for (String bytes : List.of("{}", "\0\0", HELLO, "GET /\r\n")) {
      Wire wire = Wire.withoutHeaders(TRANSPARENT).send(bytes);
      assertThat(wire.isWatched()).isFalse();
      assertThat(wire.close().upstream()).isEqualTo(bytes);
    }
    Wire strict = Wire.withoutHeaders(STRICT).send("\0\0");
    assertThat(strict.send("GET /").close().upstream()).isEqualTo("\0\0GET ");
    assertThat(Wire.withoutHeaders(STRICT).send("\u007f\0a\n").isWatched()).isFalse();
  }

  @Test
  void connectionThatVanishes_whileAFirstLineWaits_leaksNothing() {
    assertThat(new Wire(STRICT).send("HELLO").event("other").vanish().upstream()).isEmpty();
  }

  @Test
  void textWithoutLineEnd_strict_isNotHeldForEver() {
    String text = "a ".repeat(40_000);
    assertThat(new Wire(STRICT).send(text).close().downstream()).startsWith("HTTP/1.1 431 ");
    assertThat(new Wire(STRICT).send("?" + text).close().downstream()).startsWith("HTTP/1.1 431 ");
  }

  /// A server that expects no header of the PROXY protocol reads lines in it, some at each CR.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY a\rX-Client-Hostname: evil\r\n",
        "PROXY UNKNOWN\u000bX-Client-Hostname: evil\r\n",
        "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u001b\r\nX-Client-Hostname: evil\r\n\r\n"
      })
  void proxyHeader_thatHoldsAProtectedName_isNone(String header) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.everyWay(profile, header + "\r\n")) {
        assertThat(outcome.upstream()).doesNotContain("evil");
      }
    }
  }
}
