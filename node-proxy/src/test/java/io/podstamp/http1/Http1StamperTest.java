package io.podstamp.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Profile;
import io.podstamp.stamp.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What leaves for the server, byte for byte, however the client's bytes are cut.
@SuppressWarnings("StringConcatToTextBlock") // line ends are to be seen
class Http1StamperTest {
  private static final String S = Wire.STAMP;

  /// Our name with a value that is not ours, in any spelling.
  private static final Pattern FORGED = Pattern.compile("X.Client.Hostname *: *e");

  private static Arguments of(String name, String in, String out, String... told) {
    return Arguments.of(name, in, out, List.of(told));
  }

  /// Heads and bodies that are certain: docs/http.md.
  static Stream<Arguments> certain() {
    String get = "GET / HTTP/1.1\r\nHost: a\r\n";
    String got = "GET / HTTP/1.1\r\n" + S + "Host: a\r\n";
    return Stream.of(
        of("plain", get + "\r\n", got + "\r\n", "stamped-0"),
        of(
            "names keep order and case",
            "GET /x?y#z HTTP/1.1\r\nhOST:a\r\nAccept:  */*  \r\n\r\n",
            "GET /x?y#z HTTP/1.1\r\n" + S + "hOST:a\r\nAccept:  */*  \r\n\r\n",
            "stamped-0"),
        of("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n" + S + "\r\n", "stamped-0"),
        of(
            "HTTP/1.2, odd method, 8-bit target and value",
            "FROB /\u00e4 HTTP/1.2\r\nX: \u00fc\r\n\r\n",
            "FROB /\u00e4 HTTP/1.2\r\n" + S + "X: \u00fc\r\n\r\n",
            "stamped-0"),
        of(
            "empty lines before a request",
            "\r\n\r\n" + get + "\r\n",
            "\r\n\r\n" + got + "\r\n",
            "stamped-0"),
        of(
            "set replaces every line of the name",
            get + "x-client-HOSTNAME: evil\r\nX-Client-Hostname:2\r\n\r\n",
            got + "\r\n",
            "stamped-2"),
        of(
            "set replaces a folded variant",
            get + "X_Client.Hostname: evil\r\n\r\n",
            got + "\r\n",
            "stamped-1"),
        of("set without a value removes", get + "X-App: evil\r\n\r\n", got + "\r\n", "stamped-1"),
        of(
            "append joins into one line, ours last",
            get + "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nx-forwarded-for:2.2.2.2 \r\n\r\n",
            "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.1.2.3\r\n"
                + "X-Client-Hostname: web-0\r\nX-Team: blue\r\nHost: a\r\nA: b\r\n\r\n",
            "stamped-2"),
        of(
            "append drops a folded variant",
            get + "X_Forwarded_For: 1.1.1.1\r\n\r\n",
            got + "\r\n",
            "stamped-1"),
        of(
            "append drops a value that would swallow ours",
            get
                + "X-Forwarded-For: 1.1.1.1;a=\"\r\nX-Forwarded-For: \"a\\\\\"b\"\r\n"
                + "X-Forwarded-For: \"c, \\\\\"\"d\r\nX-Forwarded-For: \"e\"\r\n\r\n",
            got.replace("For: ", "For: \"e\", ") + "\r\n",
            "stamped-4"),
        of(
            "append drops a value that hides a name, which may come to stand where a buffer ends",
            get
                + "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: b X-Client-Hostname: evil\r\n"
                + "X-Forwarded-For: X-Client-Hostname\r\n\r\n",
            got.replace("For: ", "For: 1.1.1.1, X-Client-Hostname, ") + "\r\n",
            "stamped-3"),
        of(
            "append ignores an empty line of the client",
            get + "X-Forwarded-For:\r\n\r\n",
            got + "\r\n",
            "stamped-1"),
        of(
            "if-absent keeps the client's",
            get + "x-team: red\r\n\r\n",
            "GET / HTTP/1.1\r\nX-Forwarded-For: 10.1.2.3\r\nX-Client-Hostname: web-0\r\n"
                + "Host: a\r\nx-team: red\r\n\r\n",
            "stamped-0"),
        of(
            "if-absent removes a folded variant",
            get + "X_Team: red\r\n\r\n",
            got + "\r\n",
            "stamped-1"),
        of("remove removes", get + "X-Secret: 1\r\n\r\n", got + "\r\n", "stamped-1"),
        of(
            "our names leave Connection",
            get + "Connection: close, X-Client-Hostname, x_team\r\n\r\n",
            got + "Connection: close\r\n\r\n",
            "stamped-0"),
        of(
            "our names leave Connection, whatever parts its words",
            get + "Connection: a X-Client-Hostname\r\nproxy-connection: b, c;x_team/1\r\n\r\n",
            got + "proxy-connection: b\r\n\r\n",
            "stamped-0"),
        of(
            "Connection of our names only leaves",
            get + "Connection:X-Client-Hostname\r\n\r\n",
            got + "\r\n",
            "stamped-0"),
        of(
            "Connection without our names stays as it is",
            get + "Connection:  keep-alive ,TE\r\n\r\n",
            got + "Connection:  keep-alive ,TE\r\n\r\n",
            "stamped-0"),
        of(
            "h2c upgrade leaves",
            get
                + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n",
            got + "\r\n",
            "stamped-0"),
        of(
            "an empty Upgrade is untouched",
            get + "Connection: Upgrade, X-Team\r\nUpgrade: ,\r\n\r\n",
            got + "Connection: Upgrade\r\nUpgrade: ,\r\n\r\n",
            "stamped-0"),
        of(
            "other upgrades stay beside h2c",
            get + "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAM\r\n\r\n",
            got + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "stamped-0"),
        of(
            "body by length, then the next request",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /" + get + "\r\n",
            "POST / HTTP/1.1\r\n" + S + "Content-Length: 5\r\n\r\nGET /" + got + "\r\n",
            "stamped-0",
            "stamped-0"),
        of(
            "body that looks like a forged head",
            "POST / HTTP/1.1\r\nContent-Length: 29\r\n\r\n\r\n\r\nX-Client-Hostname: forged\r\n"
                + get
                + "\r\n",
            "POST / HTTP/1.1\r\n"
                + S
                + "Content-Length: 29\r\n\r\n\r\n\r\nX-Client-Hostname: forged\r\n"
                + got
                + "\r\n",
            "stamped-0",
            "stamped-0"),
        of(
            "chunked, with extension and trailer, then the next request",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nT: v\r\n\r\n"
                + get
                + "\r\n",
            "POST / HTTP/1.1\r\n"
                + S
                + "Transfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nT: v\r\n\r\n"
                + got
                + "\r\n",
            "stamped-0",
            "stamped-0"),
        of(
            "chunked in another case, with extension, then the next request",
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n"
                + get
                + "\r\n",
            "POST / HTTP/1.1\r\n"
                + S
                + "Transfer-Encoding: Chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n"
                + got
                + "\r\n",
            "stamped-0",
            "stamped-0"),
        of(
            "chunk extensions by the grammar",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1; a = b ;c;d = \"\t\\\"\u00fc\" ;e\r\nx\r\n0;\tz\r\n\r\n"
                + get
                + "\r\n",
            "POST / HTTP/1.1\r\n"
                + S
                + "Transfer-Encoding: chunked\r\n\r\n1; a = b ;c;d = \"\t\\\"\u00fc\" ;e\r\nx\r\n0;\tz\r\n\r\n"
                + got
                + "\r\n",
            "stamped-0",
            "stamped-0"),
        of(
            "pipelined",
            (get + "\r\n").repeat(3),
            (got + "\r\n").repeat(3),
            "stamped-0",
            "stamped-0",
            "stamped-0"),
        of(
            "after Connection: close still stamped",
            get + "Connection: close\r\n\r\n" + get + "\r\n",
            got + "Connection: close\r\n\r\n" + got + "\r\n",
            "stamped-0",
            "stamped-0"));
  }

  /// To a server that knows no such coding it is no body, and a field with an empty line behind it
  /// ends a request.
  @Test
  void trailerOfACodingInAnotherCase_strict_endsTheConnection() {
    String body = "3\r\nabc\r\n0\r\nT: v\r\n\r\n";
    String head = "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n";
    assertThat(new Wire(Profile.STRICT).send(head + body).close().events())
        .containsExactly("Abort");
    assertThat(new Wire(Profile.TRANSPARENT).send(head + body).close().events()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("certain")
  void certainRequest_isStamped_inBothProfiles(
      String name, String in, String out, List<String> told) {
    for (Profile profile : Profile.values()) {
      for (Wire.Outcome outcome : Wire.everyWay(profile, in)) {
        assertThat(outcome).isEqualTo(new Wire.Outcome(out, "", told, List.of()));
      }
    }
  }

  /// Bytes that some server might take for a request and that are not certain. In a body, `|` is
  /// where certainty ends.
  static Stream<Arguments> uncertain() {
    String post = "POST / HTTP/1.1\r\n";
    String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    return Stream.of(
        of("bare LF ends a line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "ODD_START"),
        of("HTTP/0.9 with a version", "GET /  HTTP/1.1\r\n\r\n", "ODD_START"),
        of("lower-case version", "GET / http/1.1\r\n\r\n", "ODD_START"),
        of("HTTP/2.0 in a request line", "GET / HTTP/2.0\r\n\r\n", "ODD_START"),
        of("TAB in the request line", "GET\t/ HTTP/1.1\r\n\r\n", "ODD_START"),
        of("DEL in the target", "GET /\u007f HTTP/1.1\r\n\r\n", "ODD_START"),
        of("control character in the target", "GET /\u0001 HTTP/1.1\r\n\r\n", "ODD_START"),
        of(
            "bare LF in the head",
            "GET / HTTP/1.1\r\nA: b\nX-Client-Hostname: evil\r\n\r\n",
            "ODD_HEAD"),
        of("blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "ODD_HEAD"),
        of("obs-fold", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "ODD_HEAD"),
        of("empty name", "GET / HTTP/1.1\r\n: b\r\n\r\n", "ODD_HEAD"),
        of("no colon", "GET / HTTP/1.1\r\nA\r\n\r\n", "ODD_HEAD"),
        of("NUL in a value", "GET / HTTP/1.1\r\nA: \0\r\n\r\n", "ODD_HEAD"),
        of("CR in a value", "GET / HTTP/1.1\r\nA: b\rX-Client-Hostname: e\r\n\r\n", "ODD_HEAD"),
        of("two lengths", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "ODD_HEAD"),
        of("length list", post + "Content-Length: 1, 1\r\n\r\na", "ODD_HEAD"),
        of("signed length", post + "Content-Length: +1\r\n\r\na", "ODD_HEAD"),
        of("length with leading zero", post + "Content-Length: 01\r\n\r\na", "ODD_HEAD"),
        of("length beyond 2^53-1", post + "Content-Length: 9007199254740992\r\n\r\na", "ODD_HEAD"),
        of(
            "length and chunked",
            post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ODD_HEAD"),
        of(
            "chunked twice",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ODD_HEAD"),
        of("gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", "ODD_HEAD"),
        of("folded Transfer_Encoding", post + "Transfer_Encoding: chunked\r\n\r\n", "ODD_HEAD"),
        of("folded Content_Length", post + "Content_Length: 3\r\n\r\n", "ODD_HEAD"),
        of(
            "chunked in HTTP/1.0",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ODD_HEAD"),
        of(
            "chunked named in Connection",
            post + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ODD_HEAD"),
        of(
            "chunked named in Connection behind a blank",
            post + "Connection: a Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ODD_HEAD"),
        of(
            "length named in Connection",
            post + "Connection: Content-Length\r\nContent-Length: 1\r\n\r\na",
            "ODD_HEAD"),
        of("length with a sign behind its name", post + "Content-Length#: 1\r\n\r\na", "ODD_HEAD"),
        of("coding with a dot behind its name", post + "Transfer-Encoding.: x\r\n\r\n", "ODD_HEAD"),
        of("upgrade with a sign behind its name", post + "Upgrade_: h2c\r\n\r\n", "ODD_HEAD"),
        of("control character in a value", "GET / HTTP/1.1\r\nA: \u0001\r\n\r\n", "ODD_HEAD"),
        of("version in a trailer", chunked + "0\r\n|GET: / HTTP/1.1\r\n\r\n", "ODD_BODY"),
        of("TAB before chunked", post + "Transfer-Encoding:\tchunked\r\n\r\n", "ODD_HEAD"),
        of("TAB after a length", post + "Content-Length: 3\t\r\n\r\n", "ODD_HEAD"),
        of("other expectation", post + "Expect: 200-maybe\r\n\r\n", "ODD_HEAD"),
        of("chunk size with sign", chunked + "|+3\r\nabc\r\n0\r\n\r\n", "ODD_BODY"),
        of("chunk size with prefix", chunked + "0|x3\r\nabc\r\n0\r\n\r\n", "ODD_BODY"),
        of("chunk size with trailing blank", chunked + "3| \r\nabc\r\n0\r\n\r\n", "ODD_BODY"),
        of("chunk size of 9 digits", chunked + "10000000|3\r\nabc\r\n", "ODD_BODY"),
        of("chunk size beyond 31 bits", chunked + "8000000|0\r\nabc\r\n", "ODD_BODY"),
        of("chunk size ended by LF", chunked + "3|\nabc\r\n0\r\n\r\n", "ODD_BODY"),
        of("chunk data too long", chunked + "3\r\nabc|d\r\n0\r\n\r\n", "ODD_BODY"),
        of("trailer ended by LF", chunked + "0\r\n|T: v\n\r\n", "ODD_BODY"),
        of("chunk extension without a name", chunked + "3;|\r\nabc\r\n", "ODD_BODY"),
        of("chunk extension without a value", chunked + "3;a=|\r\nabc\r\n", "ODD_BODY"),
        of("junk after a quoted value", chunked + "3;a=\"b\"|c\r\nabc\r\n", "ODD_BODY"),
        of("control character in quotes", chunked + "3;a=\"|\u0001\"\r\nabc\r\n", "ODD_BODY"),
        of("DEL in quotes", chunked + "3;a=\"|\u007f\"\r\nabc\r\n", "ODD_BODY"),
        of("line end in quotes", chunked + "3;a=\"|\r\nabc\r\n0\r\n\r\n", "ODD_BODY"),
        of(
            "chunk size of 9 digits, most of them zeros",
            chunked + "00000000|3\r\nabc\r\n",
            "ODD_BODY"),
        of("LF in quotes", chunked + "3;a=\"|\n\"\r\nabc\r\n", "ODD_BODY"),
        of("blank before an extension", chunked + "3| ;a\r\nabc\r\n", "ODD_BODY"),
        of("chunk size of nothing", chunked + "|\r\n", "ODD_BODY"),
        of("Host in a trailer", chunked + "0\r\n|Host: b\r\n\r\n", "ODD_BODY"),
        of("our name in a trailer", chunked + "0\r\n|X_Client-Hostname: evil\r\n\r\n", "ODD_BODY"),
        of("framing in a trailer", chunked + "0\r\n|Content-Length: 3\r\n\r\n", "ODD_BODY"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("uncertain")
  void uncertainRequest_transparent_passesUntouchedAndIsCounted(
      String name, String in, String reason, List<String> none) {
    String bytes = in.replace("|", "");
    boolean headIsCertain = reason.equals("ODD_BODY");
    String expected = headIsCertain ? stampFirstHead(bytes) : bytes;
    Matcher forged = FORGED.matcher(expected);
    int ours = forged.find() ? forged.start() : -1;
    boolean trips = ours >= 0;
    List<String> told = new ArrayList<>();
    if (headIsCertain) {
      told.add("stamped-0");
    }
    told.add("unstamped " + reason);
    if (trips) {
      told.add("tripped");
    }
    for (Wire.Outcome outcome : Wire.everyWay(Profile.TRANSPARENT, bytes)) {
      assertThat(outcome.upstream()).isEqualTo(trips ? expected.substring(0, ours) : expected);
      assertThat(outcome.downstream()).isEmpty();
      assertThat(reasonsOf(outcome)).containsExactlyElementsOf(told);
      assertThat(outcome.events()).isEqualTo(trips ? List.of("Abort") : List.of());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("uncertain")
  void uncertainRequest_strict_isRefusedOrReset(
      String name, String in, String reason, List<String> none) {
    boolean certainHead = reason.equals("ODD_BODY");
    for (Wire.Outcome outcome : Wire.everyWay(Profile.STRICT, in.replace("|", ""))) {
      if (certainHead) {
        String upTo = stampFirstHead(in.substring(0, in.indexOf('|')));
        assertThat(outcome.upstream()).isEqualTo(upTo);
        assertThat(outcome.tally()).containsExactly("stamped-0", "refused ODD_BODY");
        assertThat(outcome.events()).containsExactly("Abort");
        assertThat(outcome.downstream()).isEmpty();
      } else {
        assertThat(outcome.upstream()).isEmpty();
        assertThat(outcome.tally()).containsExactly("refused " + reason);
        assertThat(outcome.downstream()).startsWith("HTTP/1.1 400 ");
        assertThat(outcome.events()).containsExactly("Refuse");
      }
    }
  }

  /// Where one byte more decides, a first line may be seen as odd or as no HTTP at all.
  private static List<String> reasonsOf(Wire.Outcome outcome) {
    return outcome.tally().stream().map(told -> told.replace("NOT_HTTP", "ODD_START")).toList();
  }

  private static String stampFirstHead(String bytes) {
    int end = bytes.indexOf("\r\n") + 2;
    return bytes.substring(0, end) + S + bytes.substring(end);
  }

  /// Some clients send a line end behind the body of a POST. The request is a good one: it is
  /// answered before the connection is refused.
  @Test
  void strayByteBehindARequest_strict_isRefusedOnceThatIsAnswered() {
    String post = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok";
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for (String stray : List.of("\n", "\n\n", "x\ny", "\0", "GET /n HTTP/1.1\n\n")) {
      for (int cut = 1; cut < answer.length(); cut++) {
        Wire early = new Wire(Profile.STRICT).send(post + stray).answer(answer.substring(0, cut));
        assertThat(early.send("more").vanish().events()).isEmpty();

        Wire wire =
            new Wire(Profile.STRICT).send(post).send(stray).answer(answer.substring(0, cut));
        Wire.Outcome outcome = wire.answer(answer.substring(cut)).send("more").close();
        assertThat(outcome.upstream()).isEqualTo(stampFirstHead(post));
        assertThat(outcome.downstream()).startsWith(answer + "HTTP/1.1 400 ");
        assertThat(outcome.events()).containsExactly("Refuse");
        assertThat(outcome.tally()).containsExactly("stamped-0", "refused ODD_START");
      }
    }
    Wire paused = new Wire(Profile.STRICT).send(post + "x").idle(251).send("\n").answer(answer);
    assertThat(paused.close().events()).containsExactly("Abort");
    Wire unknown = new Wire(Profile.STRICT).send(post + "\n").answer("HTTP/1.0 200 OK\r\n\r\n");
    assertThat(unknown.close().events()).containsExactly("Abort");
  }

  @Test
  void endOfInput_withinAHead_releasesItAsItCame() {
    assertThat(new Wire(Profile.TRANSPARENT).send("GET / HTTP/1.1\r\nHo").eof().close())
        .isEqualTo(
            new Wire.Outcome(
                "GET / HTTP/1.1\r\nHo",
                "",
                List.of("unstamped ODD_HEAD"),
                List.of("ChannelInputShutdownEvent")));
  }

  @Test
  void everyCutOfARequest_waitsForTheRest_butForItsRequestLine() {
    String head = "GET /abc HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int i = 0; i < head.length(); i++) {
      Wire.Outcome outcome = new Wire(Profile.TRANSPARENT).send(head.substring(0, i)).close();
      assertThat("GET /abc HTTP/1.1\r").startsWith(outcome.upstream());
      assertThat(outcome.tally()).isEmpty();
    }
  }

  @Test
  void headOver64KiB_isNotHeld() {
    String head = "GET / HTTP/1.1\r\nA: " + "a".repeat(70_000);
    assertThat(new Wire(Profile.TRANSPARENT).send(head).close())
        .isEqualTo(new Wire.Outcome(head, "", List.of("unstamped HEAD_TOO_LARGE"), List.of()));
  }

  /// Sizes up to which a message is certain, and one byte more.
  @Test
  void limits_holdToTheByte() {
    String chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    String end = "0\r\n\r\n";
    String ext = "1;" + "e".repeat(256) + "\r\nx\r\n";
    expectCertain(true, chunked + ext.repeat(64) + end);
    expectCertain(false, chunked + ext.repeat(64) + "1;e\r\nx\r\n" + end);
    expectCertain(false, chunked + "1;" + "e".repeat(257) + "\r\nx\r\n" + end);
    expectCertain(true, chunked + "0".repeat(7) + "1\r\nx\r\n" + end);
    expectCertain(false, chunked + "0".repeat(8) + "1\r\nx\r\n" + end);
    String trailer = "T: " + "v".repeat(1019) + "\r\n";
    expectCertain(true, chunked + "0\r\n" + trailer.repeat(64) + "\r\n");
    expectCertain(false, chunked + "0\r\n" + trailer.repeat(64) + "T: v\r\n\r\n");
    expectCertain(false, chunked + "0\r\nT: " + "v".repeat(70_000));
    String get = "GET / HTTP/1.1\r\n";
    for (String line : List.of("Connection: a\r\n", "HTTP2-Settings: a\r\n", "X-Team: a\r\n")) {
      expectCertain(true, get + line.repeat(64) + "\r\n");
      expectCertain(false, get + line.repeat(65) + "\r\n");
    }
    expectCertain(true, get + "\r\n" + "\r\n".repeat(4) + get + "\r\n");
    expectCertain(false, get + "\r\n" + "\r\n".repeat(5) + get + "\r\n");
    String filler = "A: " + "a".repeat((64 << 10) - get.length() - 7);
    expectCertain(true, get + filler + "\r\n\r\n");
    expectCertain(false, get + filler + "a\r\n\r\n");
  }

  private static void expectCertain(boolean certain, String bytes) {
    for (int piece : new int[] {bytes.length(), 1_000}) {
      Wire wire = new Wire(Profile.STRICT);
      for (int at = 0; at < bytes.length(); at += piece) {
        wire.send(bytes.substring(at, Math.min(bytes.length(), at + piece)));
      }
      Wire.Outcome outcome = wire.eof().close();
      assertThat(outcome.tally().stream().anyMatch(told -> told.startsWith("refused")))
          .as("%.60s, %d bytes", bytes, bytes.length())
          .isEqualTo(!certain);
    }
  }

  @Test
  void append_ofAnUnknownValue_joinsTheClientsOnly() {
    List<HeaderRule> rules =
        List.of(Wire.rule("X-Apps", "{pod.labels['none']}", HeaderMode.APPEND));
    Wire wire = new Wire(Profile.STRICT, Stamp.render(rules, Wire.POD));
    assertThat(wire.send("GET / HTTP/1.1\r\nX-Apps: a\r\nx-apps:b\r\n\r\n").close().upstream())
        .isEqualTo("GET / HTTP/1.1\r\nX-Apps: a, b\r\n\r\n");
  }

  @Test
  void noNameToGuard_uncertainBytesAreNotWatched() {
    Wire wire = Wire.withoutHeaders(Profile.TRANSPARENT).send("GET / HTTP/1.1\r\nA : b\r\n\r\n");
    assertThat(wire.isWatched()).isFalse();
  }

  @Test
  void connectionThatVanishes_whileAHeadWaits_leaksNothing() {
    Wire wire = new Wire(Profile.STRICT).send("GET / HTTP/1.1\r\nHo").event("other").serverEof();
    assertThat(wire.vanish().upstream()).isEmpty();
  }
}
