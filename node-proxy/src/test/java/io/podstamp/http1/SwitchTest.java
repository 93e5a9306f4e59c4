package io.podstamp.http1;

import static io.podstamp.config.Profile.STRICT;
import static io.podstamp.config.Profile.TRANSPARENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Upgrade, CONNECT and Expect: docs/http.md, "Switches".
@SuppressWarnings("StringConcatToTextBlock") // line ends are to be seen
class SwitchTest {
  private static final String S = Wire.STAMP;
  private static final String UPGRADE =
      "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  private static final String CONNECT = "CONNECT a:443 HTTP/1.1\r\n\r\n";
  private static final String EXPECT =
      "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\n\r\n";
  private static final String FRAME = "\u0081\u0085abcdvwxyz";

  private static String stamped(String head) {
    int end = head.indexOf("\r\n") + 2;
    return head.substring(0, end) + S + head.substring(end);
  }

  @ParameterizedTest
  @EnumSource
  void upgrade_answered101_isATunnel(Profile profile) {
    for (int cut = 0; cut <= 20; cut++) {
      String answer = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
      Wire wire = new Wire(profile).send(UPGRADE).send(FRAME);
      wire.answer(answer.substring(0, cut));
      Wire.Outcome outcome = wire.answer(answer.substring(cut)).send(FRAME).close();
      assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + FRAME + FRAME);
      assertThat(outcome.downstream()).isEqualTo(answer);
      assertThat(outcome.tally()).containsExactly("stamped-0", "unstamped TUNNEL");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {UPGRADE, CONNECT})
  void bytesBehindASwitch_waitForTheStatus(String head) {
    for (Profile profile : Profile.values()) {
      Wire.Outcome outcome =
          new Wire(profile)
              .send(head + FRAME)
              .answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 ")
              .idle(60_000)
              .close();
      assertThat(outcome.upstream()).isEqualTo(stamped(head));
      assertThat(outcome.tally()).containsExactly("stamped-0");
    }
  }

  @Test
  void bytesBehindASwitch_interimAnswersAreSkipped_inEveryCut() {
    String answer =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 103 Hints\nA: b\n\nHTTP/1.1 101 S\r\n\r\n\u0081";
    int decidedAt = answer.length() - 1;
    for (int cut = 0; cut < answer.length(); cut++) {
      Wire wire = new Wire(TRANSPARENT).send(UPGRADE + FRAME).answer(answer.substring(0, cut));
      assertThat(wire.answer(answer.substring(cut)).close().upstream())
          .isEqualTo(stamped(UPGRADE) + FRAME);
      Wire early = new Wire(TRANSPARENT).send(UPGRADE + FRAME).answer(answer.substring(0, cut));
      assertThat(early.close().upstream())
          .isEqualTo(stamped(UPGRADE) + (cut >= decidedAt ? FRAME : ""));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204, 299, 407, 502, 302})
  void connect_whateverIsAnswered_nextRequestIsStamped(int status) {
    for (Profile profile : Profile.values()) {
      Wire.Outcome outcome =
          new Wire(profile).send(CONNECT + GET).answer("HTTP/1.1 " + status + " X\r\n\r\n").close();
      assertThat(outcome.upstream()).isEqualTo(stamped(CONNECT) + stamped(GET));
      assertThat(outcome.tally()).containsExactly("stamped-0", "stamped-0");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205, 400, 426, 503})
  void upgrade_refused_nextRequestIsStamped(int status) {
    for (Profile profile : Profile.values()) {
      Wire.Outcome outcome =
          new Wire(profile).send(UPGRADE + GET).answer("HTTP/1.1 " + status + " X\r\n\r\n").close();
      assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + stamped(GET));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 0", "transfer-encoding : chunked"})
  void upgrade_answered200WithFraming_nextRequestIsStamped(String framing) {
    String answer = "HTTP/1.1 200 OK\r\nA: b\r\n" + framing + "\r\n\r\n";
    for (Profile profile : Profile.values()) {
      for (int cut = 0; cut < answer.length(); cut++) {
        Wire wire = new Wire(profile).send(UPGRADE + GET).answer(answer.substring(0, cut));
        assertThat(wire.answer(answer.substring(cut)).close().upstream())
            .isEqualTo(stamped(UPGRADE) + stamped(GET));
      }
    }
  }

  /// Docker's attach and exec without `101`, and any other answer that ends with the connection.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
            + "Content-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type:application/vnd.docker.multiplexed-stream\r\n\r\n",
        "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n",
      })
  void upgrade_answeredBySuccessWithoutAnEnd_isRaw(String answer) {
    for (Profile profile : Profile.values()) {
      for (int cut = 0; cut < answer.length(); cut++) {
        Wire wire = new Wire(profile).send(UPGRADE).answer(answer.substring(0, cut));
        wire.answer(answer.substring(cut) + "$ ").send("l").send("s\n").send("exit\n\n");
        assertThat(wire.idle(3).vanish())
            .isEqualTo(
                new Wire.Outcome(
                    stamped(UPGRADE) + "ls\nexit\n\n",
                    answer + "$ ",
                    List.of("stamped-0", "unstamped TUNNEL"),
                    List.of()));
      }
      Wire forged = new Wire(profile).send(UPGRADE).answer(answer).send("ls\n");
      Wire.Outcome outcome = forged.send("X-Client-Hostname: evil\n").close();
      assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + "ls\n");
      assertThat(outcome.events()).containsExactly("Abort");
    }
    Wire.Outcome strict = new Wire(STRICT).send(UPGRADE).answer(answer).send("x\n" + GET).close();
    assertThat(strict.upstream()).isEqualTo(stamped(UPGRADE) + "x\nGET ");
  }

  /// BuildKit's session: the server speaks as a client of HTTP/2 behind it.
  @ParameterizedTest
  @EnumSource
  void h2cWithoutSettings_isAnyOtherUpgrade(Profile profile) {
    String session =
        "POST /session HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
            + "X-Docker-Expose-Session-Uuid: u\r\n\r\n";
    String switched = "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    String settings = "\0\0\0\u0004\0\0\0\0\0";
    Wire wire = new Wire(profile).send(session).answer(switched + preface + settings);
    assertThat(wire.send(settings).idle(3).vanish().upstream())
        .isEqualTo(stamped(session) + settings);

    for (String forged : List.of(preface, "x\r\nX-Client-Hostname: evil\r\n")) {
      Wire.Outcome outcome = new Wire(profile).send(session).answer(switched).send(forged).close();
      assertThat(outcome.upstream()).doesNotContain("evil", "2.0\r\n");
      assertThat(outcome.events()).containsExactly("Abort");
    }
  }

  @Test
  void connect_407_andAgain_onOneConnection() {
    Wire.Outcome outcome =
        new Wire(STRICT)
            .send(CONNECT)
            .answer("HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n")
            .send(CONNECT)
            .send("\u0016hello")
            .answer("HTTP/1.1 200 OK\r\n\r\n")
            .close();
    assertThat(outcome.upstream()).isEqualTo(stamped(CONNECT) + stamped(CONNECT) + "\u0016hello");
  }

  @Test
  void upgradeWithBody_waitsAfterTheBody() {
    String head =
        "POST / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 3\r\n\r\n";
    String chunked =
        "POST / HTTP/1.1\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assertThat(new Wire(STRICT).send(head + "abc" + FRAME).close().upstream())
        .isEqualTo(stamped(head) + "abc");
    assertThat(new Wire(STRICT).send(chunked + FRAME).close().upstream()).endsWith("0\r\n\r\n");
    assertThat(
            new Wire(STRICT)
                .send(head + "a")
                .answer("HTTP/1.1 101 S\r\n\r\n")
                .send("bc" + FRAME)
                .close()
                .upstream())
        .isEqualTo(stamped(head) + "abc" + FRAME);
  }

  @Test
  void answerThatIsNoHttp_transparent_releasesWatched() {
    Wire wire = new Wire(TRANSPARENT).send(UPGRADE + FRAME).answer("HTTQ");
    Wire.Outcome outcome = wire.send("\r\nX-Client-Hostname: evil").close();
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + FRAME + "\r\n");
    assertThat(outcome.tally()).containsExactly("stamped-0", "unstamped TUNNEL", "tripped");
  }

  @Test
  void answerThatIsNoHttp_strict_closes() {
    Wire.Outcome outcome = new Wire(STRICT).send(UPGRADE + FRAME).answer("HTTQ").close();
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE));
    assertThat(outcome.events()).containsExactly("Abort");
  }

  @Test
  void pipelinedSwitch_isNotWaitedFor() {
    Wire.Outcome outcome = new Wire(TRANSPARENT).send(GET + UPGRADE + FRAME).close();
    assertThat(outcome.upstream()).isEqualTo(stamped(GET) + stamped(UPGRADE) + FRAME);
    assertThat(outcome.tally()).containsExactly("stamped-0", "stamped-0", "unstamped TUNNEL");

    Wire.Outcome strict = new Wire(STRICT).send(GET + UPGRADE + FRAME).close();
    assertThat(strict.upstream()).isEqualTo(stamped(GET) + stamped(UPGRADE));
    assertThat(strict.events()).containsExactly("Abort");
  }

  @Test
  void hold_endsWithTheServersEof() {
    for (boolean bytesFirst : List.of(true, false)) {
      Wire wire = new Wire(TRANSPARENT).send(UPGRADE);
      Wire.Outcome outcome =
          (bytesFirst ? wire.send(FRAME).serverEof() : wire.serverEof().send(FRAME)).close();
      assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + FRAME);

      Wire strict = new Wire(STRICT).send(UPGRADE);
      Wire.Outcome refused =
          (bytesFirst ? strict.send(FRAME).serverEof() : strict.serverEof().send(FRAME)).close();
      assertThat(refused.upstream()).isEqualTo(stamped(UPGRADE));
      assertThat(refused.events()).contains("Abort");
    }
  }

  @Test
  void hold_endsWithTheClientsEof() {
    Wire.Outcome outcome = new Wire(TRANSPARENT).send(UPGRADE + FRAME).eof().close();
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + FRAME);
    assertThat(outcome.events()).containsExactly("ChannelInputShutdownEvent");
    assertThat(new Wire(STRICT).send(UPGRADE + FRAME).eof().close().events())
        .containsExactly("Abort", "ChannelInputShutdownEvent");
  }

  @Test
  void hold_isBounded_andReadingGoesOnAfterwards() {
    String much = "x".repeat(70_000);
    Wire wire = new Wire(TRANSPARENT).send(UPGRADE + much);
    Wire.Outcome outcome = wire.answer("HTTP/1.1 101 S\r\n\r\n").close();
    assertThat(outcome.events()).containsExactly("HoldBack", "HoldBack");
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + much);
  }

  @Test
  void h2cUpgradeOnly_isNoSwitch() {
    String h2c = "GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n";
    assertThat(new Wire(STRICT).send(h2c + GET).close().tally())
        .containsExactly("stamped-0", "stamped-0");
  }

  @Test
  void upgraded_keepsTheTripwire() {
    Wire.Outcome outcome =
        new Wire(TRANSPARENT)
            .send(UPGRADE)
            .answer("HTTP/1.1 101 S\r\n\r\n")
            .send(GET + "GET / HTTP/1.1\r\nX-Client-Hostname: evil\r\n\r\n")
            .close();
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + GET + "GET / HTTP/1.1\r\n");
    assertThat(outcome.tally()).last().isEqualTo("tripped");
  }

  @Test
  void upgraded_strict_endsAtARequestLine() {
    Wire.Outcome outcome =
        new Wire(STRICT).send(UPGRADE).answer("HTTP/1.1 101 S\r\n\r\n").send(GET).close();
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + "GET ");
    assertThat(outcome.tally()).last().isEqualTo("refused ODD_START");
  }

  /// RFC 6455, section 1.3.
  private static final String WEBSOCKET =
      "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  private static final String ACCEPTED =
      "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

  @ParameterizedTest
  @EnumSource
  void webSocket_thatBothSidesProved_isNotWatched(Profile profile) {
    String text = "\r\nGET / HTTP/1.1\r\nX-Client-Hostname: in a frame whose mask is zero\r\n";
    for (int cut = 0; cut <= ACCEPTED.length(); cut++) {
      Wire wire = new Wire(profile).send(WEBSOCKET).answer(ACCEPTED.substring(0, cut));
      Wire.Outcome outcome = wire.answer(ACCEPTED.substring(cut)).send(text).close();
      assertThat(outcome.upstream()).isEqualTo(stamped(WEBSOCKET) + text);
    }
  }

  @ParameterizedTest
  @EnumSource
  void webSocket_thatMayBePartOfAnotherAnswer_isWatched(Profile profile) {
    Wire wire = new Wire(profile).send(GET).answer("HTTP/1.1 200 OK\r\n\r\n").send(WEBSOCKET);
    Wire.Outcome outcome = wire.answer(ACCEPTED).send("\r\nX-Client-Hostname: e").close();
    assertThat(outcome.tally())
        .last()
        .isEqualTo(profile == Profile.STRICT ? "refused TUNNEL" : "tripped");
  }

  @ParameterizedTest
  @EnumSource
  void connect_tunnelIsLookedAtAsANewConnection(Profile profile) {
    String answer = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    String hello = "\u0016\u0003\u0001\0@\u0001\0\0<" + "h".repeat(60);
    for (int cut = 0; cut <= answer.length(); cut++) {
      Wire wire = new Wire(profile).send(CONNECT + hello).answer(answer.substring(0, cut));
      wire.answer(answer.substring(cut)).answer("\u0016\u0003\u0003");
      assertThat(wire.isWatched()).isFalse();
      Wire.Outcome outcome = wire.send("\r\nX-Client-Hostname: e").close();
      assertThat(outcome.upstream())
          .isEqualTo(stamped(CONNECT) + hello + "\r\nX-Client-Hostname: e");
      assertThat(outcome.tally()).containsExactly("stamped-0", "unstamped TLS");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/2",
        "HTTP/1.x 101",
        "HTTP/1.1/101",
        "HTTP/1.1 1x1",
        "HTTP/1.1  101",
        "HTTP/1.: 1"
      })
  void statusLineThatIsNone_isNoHttp(String answer) {
    Wire.Outcome outcome = new Wire(TRANSPARENT).send(UPGRADE + FRAME).answer(answer).close();
    assertThat(outcome.upstream()).isEqualTo(stamped(UPGRADE) + FRAME);
    assertThat(outcome.tally()).containsExactly("stamped-0", "unstamped TUNNEL");
  }

  @Test
  void moreThanCanBeHeld_isSaidOnce() {
    String much = "x".repeat(70_000);
    Wire wire = new Wire(TRANSPARENT).send(UPGRADE + much).send(much).answer("").eof();
    assertThat(wire.close().events()).containsExactly("HoldBack", "ChannelInputShutdownEvent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 100 Continue\r\n\r\n"})
  void expect_bodyGoesOn(String answer) {
    for (Profile profile : Profile.values()) {
      Wire.Outcome outcome =
          new Wire(profile).send(EXPECT).answer(answer).send("body" + GET).close();
      assertThat(outcome.upstream()).isEqualTo(stamped(EXPECT) + "body" + stamped(GET));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 417 No", "HTTP/1.1 200 OK", "nonsense"})
  void expect_finalStatusBeforeTheBody_nextRequestIsStamped(String answer) {
    String chunked = EXPECT.replace("Content-Length: 4", "Transfer-Encoding: chunked");
    for (Profile profile : Profile.values()) {
      for (String head : List.of(EXPECT.replace(": 4", ": 4000"), chunked)) {
        for (Wire.Outcome outcome :
            Wire.everyWay(() -> new Wire(profile).send(head).answer(answer), GET + GET)) {
          assertThat(outcome.upstream()).isEqualTo(stamped(head) + stamped(GET) + stamped(GET));
          assertThat(outcome.tally()).containsExactly("stamped-0", "stamped-0", "stamped-0");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"body", "\r\n\r\n", "GET ", "hell"})
  void expect_finalStatusBeforeTheBody_otherBytesAreTheBody(String body) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome :
          Wire.everyWay(
              () -> new Wire(profile).send(EXPECT).answer("HTTP/1.1 413 No\r\n\r\n"), body + GET)) {
        assertThat(outcome.upstream()).isEqualTo(stamped(EXPECT) + body + stamped(GET));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void expect_bodySentAtOnce_isWatched(Profile profile) {
    String body = "GET /n HTTP/1.1\r\nHost: a\r\nX-Client-Hostname: evil\r\n\r\n";
    String head = EXPECT.replace(": 4", ": " + body.length());
    for (Wire.Outcome outcome : Wire.everyWay(profile, head + body)) {
      assertThat(outcome.upstream()).startsWith(stamped(head)).doesNotContain("evil");
      assertThat(outcome.tally())
          .containsExactly("stamped-0", profile == STRICT ? "refused ODD_START" : "tripped");
    }
    String honest = "X-Client-Hostname: a list of headers\r\n1.2.3.4 - \"GET / HTTP/1.1\" 200\r\n";
    String dump = EXPECT.replace(": 4", ": " + honest.length());
    for (Wire.Outcome outcome : Wire.everyWay(profile, dump + honest)) {
      assertThat(outcome.upstream()).isEqualTo(stamped(dump) + honest);
    }
  }

  @Test
  void expect_finalStatusAfterTheFirstBodyByte_changesNothing() {
    Wire.Outcome outcome =
        new Wire(STRICT).send(EXPECT + "b").answer("HTTP/1.1 413 No\r\n\r\n").send("ody").close();
    assertThat(outcome.upstream()).isEqualTo(stamped(EXPECT) + "body");
  }

  @Test
  void expect_withoutBody_isNotWaitedFor() {
    String empty = EXPECT.replace("Length: 4", "Length: 0");
    Wire.Outcome outcome =
        new Wire(STRICT).send(empty).answer("HTTP/1.1 417 No\r\n\r\n").send(GET).close();
    assertThat(outcome.upstream()).isEqualTo(stamped(empty) + stamped(GET));
  }

  /// What stands in the body of the answer before, and came after the head, answers no switch.
  @ParameterizedTest
  @EnumSource
  void answerBeforeThatGoesOn_isNoAnswerToTheSwitch(Profile profile) {
    String begun = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun";
    String forged = "GET /b HTTP/1.1\r\nX-Client-Hostname: evil\r\n\r\n";

    Wire connect = new Wire(profile).send(GET).answer(begun).send(CONNECT);
    connect.answer("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n").send("\r\n").answer("more");
    assertThat(connect.send(forged).close().upstream()).doesNotContain("evil");

    Wire expect = new Wire(profile).send(GET).answer(begun).send(EXPECT.replace("4", "99"));
    expect.answer("HTTP/1.1 100 Continue\r\n\r\n");
    assertThat(expect.send(forged).close().upstream()).doesNotContain("evil");
  }

  /// It ends with its head, whatever that says (RFC 9110, section 9.3.2).
  @ParameterizedTest
  @EnumSource
  void upgradeByHead_answeredBySuccess_isFollowedByTheNextRequest(Profile profile) {
    String head = UPGRADE.replace("GET", "HEAD");
    Wire wire = new Wire(profile).send(head).answer("HTTP/1.1 200 OK\r\nServer: a\r\n\r\n");
    Wire.Outcome outcome = wire.send(GET).close();
    assertThat(outcome.upstream()).isEqualTo(stamped(head) + stamped(GET));
    assertThat(outcome.events()).isEmpty();
  }

  /// A server that skips the body reads on in it, and in what comes behind it, as one.
  @ParameterizedTest
  @ValueSource(strings = {"DELETE / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nExpect: 100-continue\r\n"})
  void nameThatBeginsInABody_doesNotEndBehindIt(String head) {
    String request = "GET / HTTP/1.1\r\nX-Client-";
    String sized = head + "Content-Length: " + request.length() + "\r\n\r\n" + request;
    String chunked = head + "Transfer-Encoding: chunked\r\n\r\n19\r\n" + request + "\r\n";
    for (Profile profile : Profile.values()) {
      for (String bytes : List.of(sized, chunked)) {
        assertThat(new Wire(profile).send(bytes + "Hostname: evil\r\n\r\n").close().upstream())
            .doesNotContain("evil");
        Wire paused = new Wire(profile).send(bytes + "Host").idle(251).send("name: evil").idle(251);
        assertThat(paused.send("\r\n\r\n").close().upstream()).doesNotContain("evil");
      }
      String whole = request + "Hostname#";
      String next = "GET /:evil HTTP/1.1\r\n\r\n";
      String length = "Content-Length: " + whole.length() + "\r\n\r\n";
      assertThat(new Wire(profile).send(head + length + whole + next).close().upstream())
          .doesNotContain("evil");
    }
  }

  private static final String FORGED_REQUEST =
      "GET /n HTTP/1.1\r\nHost: a\r\nX-Client-Hostname: evil\r\n\r\n";

  /// A server that serves CONNECT as any other method answers with a body.
  @Test
  void connect_answeredWithABody_provesNoOtherProtocol() {
    String connect = "CONNECT /echo HTTP/1.1\r\nHost: a\r\n\r\n";
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nSSH-2.0-x\r\n";
    for (Profile profile : Profile.values()) {
      Wire.Outcome outcome =
          new Wire(profile)
              .send(connect)
              .answer(answer)
              .send("G")
              .answer("more\n")
              .send(FORGED_REQUEST.substring(1))
              .close();
      assertThat(outcome.upstream()).doesNotContain("evil");
    }
    Wire.Outcome uncertain =
        new Wire(Profile.TRANSPARENT)
            .send(connect)
            .answer(answer + "more\n")
            .send("GET /h HTTP/1.1\nHost: a\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .send(FORGED_REQUEST)
            .close();
    assertThat(uncertain.upstream()).doesNotContain("evil");
  }
}
