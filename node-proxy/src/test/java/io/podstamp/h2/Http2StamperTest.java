package io.podstamp.h2;

import static io.podstamp.config.Profile.STRICT;
import static io.podstamp.config.Profile.TRANSPARENT;
import static io.podstamp.h2.Http2.END_HEADERS;
import static io.podstamp.h2.Http2.GET;
import static io.podstamp.h2.Http2.PADDED;
import static io.podstamp.h2.Http2.PREFACE;
import static io.podstamp.h2.Http2.PRIORITY;
import static io.podstamp.h2.Http2.SETTINGS;
import static io.podstamp.h2.Http2.continuation;
import static io.podstamp.h2.Http2.data;
import static io.podstamp.h2.Http2.frame;
import static io.podstamp.h2.Http2.headers;
import static io.podstamp.h2.Http2.inFrames;
import static io.podstamp.h2.Http2.index;
import static io.podstamp.h2.Http2.indexing;
import static io.podstamp.h2.Http2.neverIndexed;
import static io.podstamp.h2.Http2.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/2 through detector, stamper and tripwire.
class Http2StamperTest {
  private static final String OPENING = PREFACE + SETTINGS;
  private static final String READ_OPENING = "0/4 flags 0 ";
  private static final String READ_GET = ":method=GET :scheme=http :path=/";
  private static final String STAMP =
      "x-forwarded-for=10.1.2.3 x-client-hostname=web-0 x-team=blue";

  private static Wire.Outcome send(String bytes) {
    return new Wire(TRANSPARENT).answer(SETTINGS).send(OPENING + bytes).close();
  }

  /// What a server reads of these blocks, one stream each.
  private static List<String> blocks(String... blocks) {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < blocks.length; i++) {
      bytes.append(headers(2 * i + 1, blocks[i]));
    }
    return Http2.read(send(bytes.toString()).upstream()).stream()
        .skip(1)
        .map(line -> line.replaceFirst("^\\d+/1 flags 5 ", ""))
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void conversation_anyCut_givesTheSameBytes(Profile profile) {
    String bytes =
        OPENING
            + frame(1, END_HEADERS | PADDED | PRIORITY, 1, "\u0002\0\0\0\0\u0010" + GET + "\0\0")
            + data(1, "X-Client-Hostname")
            + frame(1, 0, 3, GET + indexing("x-secret", "1"))
            + continuation(0, 3, plain("a", "b"))
            + continuation(END_HEADERS, 3, "")
            + frame(8, 0, 0, "\0\0\0\u0001")
            + headers(3, plain("x-secret", "2") + plain("t", "u"))
            + frame(0xbe, 0x55, 77, "anything");
    List<Wire.Outcome> outcomes = Wire.everyWay(() -> new Wire(profile).answer(SETTINGS), bytes);

    assertThat(outcomes).containsOnly(outcomes.getFirst());
    assertThat(outcomes.getFirst().tally()).containsExactly("stamped-0", "stamped-1", "removed-1");
    assertThat(Http2.read(outcomes.getFirst().upstream()))
        .containsExactly(
            READ_OPENING,
            "1/1 flags 44 " + READ_GET + " " + STAMP,
            "1/0 flags 0 X-Client-Hostname",
            "3/1 flags 4 " + READ_GET + " a=b " + STAMP,
            "0/8 flags 0 \0\0\0\u0001",
            "3/1 flags 5 t=u",
            "77/190 flags 85 anything");
  }

  @Test
  void server_maySpeakFirst_orLater_orInPieces() {
    String bytes = OPENING + headers(1, GET);
    String expected = send(headers(1, GET)).upstream();
    Wire.Outcome stamped = new Wire.Outcome(expected, SETTINGS, List.of("stamped-0"), List.of());
    String begun = SETTINGS.substring(0, 5);
    String rest = SETTINGS.substring(5);

    for (Profile profile : Profile.values()) {
      assertThat(new Wire(profile).send(bytes).answer(begun).answer(rest).close())
          .isEqualTo(stamped);
      assertThat(new Wire(profile).answer(begun).send(bytes).answer(rest).close())
          .isEqualTo(stamped);
    }
  }

  /// Else a server of HTTP/1 could read a request that has no stamp.
  @Test
  void strict_serverHasNotSpoken_nothingPassesButThePreface() {
    String hidden = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assertThat(new Wire(STRICT).send(PREFACE + hidden).close())
        .isEqualTo(new Wire.Outcome(PREFACE, "", List.of(), List.of()));
    assertThat(new Wire(STRICT).send(PREFACE + hidden).eof().close().tally())
        .containsExactly("refused HTTP2");
    assertThat(new Wire(STRICT).send(PREFACE + "\0".repeat(64 << 10)).close().events())
        .containsExactly("HoldBack");
  }

  @Test
  void strict_muchWaitsForTheServer_readingGoesOnAfterwards() {
    String much = SETTINGS + data(1, "x".repeat(16_000)).repeat(5);
    Wire.Outcome outcome = new Wire(STRICT).send(PREFACE + much).answer(SETTINGS).close();
    assertThat(outcome.events()).containsExactly("HoldBack", "HoldBack");
    assertThat(outcome.upstream()).isEqualTo(PREFACE + much);
  }

  /// Requests grow by their stamps: none is stamped before there is room for it.
  @ParameterizedTest
  @EnumSource
  void slowServer_requestsWait_untilItTakesMore(Profile profile) {
    Wire waiting = new Wire(profile).answer(SETTINGS).send(OPENING).reading(false);
    assertThat(waiting.send(headers(1, GET)).close().tally()).isEmpty();

    Wire taken = new Wire(profile).answer(SETTINGS).send(OPENING).reading(false);
    assertThat(taken.send(headers(1, GET)).send(headers(3, GET)).reading(true).close())
        .isEqualTo(send(headers(1, GET) + headers(3, GET)));
  }

  /// Name, block of the client, what the server reads of it.
  static Stream<Arguments> modes() {
    return Stream.of(
        Arguments.of("set replaces", plain("x-client-hostname", "evil"), STAMP),
        Arguments.of("folded names go", plain("x_client.hostname", "evil"), STAMP),
        Arguments.of("in any case", plain("X-Client-Hostname", "evil"), STAMP),
        Arguments.of("remove removes", neverIndexed("x-secret", "1"), STAMP),
        Arguments.of("unknown values are protected", plain("x-app", "evil"), STAMP),
        Arguments.of(
            "append joins",
            plain("x-forwarded-for", " 1.1.1.1 ")
                + plain("x-forwarded-for", "")
                + plain("a", "b")
                + plain("x-forwarded-for", "2.2.2.2"),
            "a=b x-forwarded-for=1.1.1.1, 2.2.2.2, 10.1.2.3 x-client-hostname=web-0 x-team=blue"),
        Arguments.of(
            "if-absent keeps",
            plain("x-team", "red"),
            "x-team=red x-forwarded-for=10.1.2.3 x-client-hostname=web-0"),
        Arguments.of("but not what only folds to it", plain("x_team", "red"), STAMP),
        Arguments.of(
            "what HTTP/1 would make two fields of",
            plain("a", "b\r\nx-secret: 1"),
            "x=\0 " + STAMP),
        Arguments.of(
            "what a server of HTTP/1 that splits text at FS would",
            plain("a", "b\u001cx-secret: 1"),
            "x=\0 " + STAMP),
        Arguments.of("the same at NEL", plain("a", "b\u0085x_secret: 1"), "x=\0 " + STAMP),
        Arguments.of(
            "other bytes that are not ASCII", plain("a", "b\u0085y: 1"), "a=b\u0085y: 1 " + STAMP),
        Arguments.of(
            "append without a value that leaves a quote open",
            plain("x-forwarded-for", "\"1.1.1.1") + plain("x-forwarded-for", "\"a, b\""),
            "x-forwarded-for=\"a, b\", 10.1.2.3 x-client-hostname=web-0 x-team=blue"),
        Arguments.of(
            "append without a value that hides a name",
            plain("x-forwarded-for", "1.1.1.1") + plain("x-forwarded-for", "x-client-hostname: b"),
            "x-forwarded-for=1.1.1.1, 10.1.2.3 x-client-hostname=web-0 x-team=blue"),
        Arguments.of(
            "what a server of HTTP/1 with a short buffer would make two fields of",
            plain("a", "b".repeat(300) + "x-secret: 1"),
            "x=\0 " + STAMP),
        Arguments.of(
            "a long value without our names",
            plain("a", "b".repeat(300) + "secret: 1"),
            "a=" + "b".repeat(300) + "secret: 1 " + STAMP),
        Arguments.of("the same in a name", plain("a:b\nx-secret", "1"), "x=\0 " + STAMP),
        Arguments.of("an empty name", plain("", "1"), "x=\0 " + STAMP),
        Arguments.of(
            "what has the next hop drop our name",
            plain("connection", "close;X-Client-Hostname"),
            "x=\0 " + STAMP),
        Arguments.of(
            "Connection without our names",
            plain("connection", "close"),
            "connection=close " + STAMP));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("modes")
  void field_literalOrIndexed(String name, String field, String expected) {
    assertThat(blocks(GET + field)).containsExactly(READ_GET + " " + expected);
    String indexed = field.replace('\u0010', '\0');
    if (!indexed.substring(1).contains("\0")) {
      String inTable = GET + "@" + indexed.substring(1);
      assertThat(blocks(inTable, GET + index(62)))
          .containsExactly(READ_GET + " " + expected, READ_GET + " " + expected);
    }
  }

  @Test
  void bodyOfAnyMethod_thatIsNoRequest_passes() {
    String search = "{\"query\": {\"term\": {\"X-Client-Hostname\": \"a: b\"}}}\n";
    String opening = frame(1, END_HEADERS, 1, GET) + data(1, search);
    for (Profile profile : Profile.values()) {
      Wire wire = new Wire(profile).send(PREFACE + SETTINGS).answer(SETTINGS).send(opening);
      assertThat(Http2.read(wire.close().upstream())).contains("1/0 flags 0 " + search);
    }
  }

  /// Servers refuse it, but for lenient ones.
  @Test
  void requestOnAStreamThatIsNotNew_isStamped_andTrailersAreNot() {
    assertThat(
            Http2.read(
                send(headers(3, GET) + headers(1, GET) + headers(3, plain("a", "b"))).upstream()))
        .contains("1/1 flags 5 " + READ_GET + " " + STAMP, "3/1 flags 5 a=b");
  }

  /// The client's representations pass byte for byte, and the stamp is in no table.
  @Test
  void block_withoutFieldsOfOurs_passesByteForByte() {
    String block = "?E" + GET + indexing("a", "b") + neverIndexed("c", "d") + index(62);
    String upstream = send(headers(1, block)).upstream();
    int added = upstream.length() - (OPENING + headers(1, block)).length();

    assertThat(upstream).startsWith(OPENING);
    assertThat(upstream.substring(OPENING.length() + 9)).startsWith(block);
    assertThat(upstream.substring(upstream.length() - added)).startsWith("\0");
    assertThat(blocks(block, index(62))).contains("a=b " + STAMP);
  }

  @Test
  void rewriting_tablesThatDiffer_meanTheSame() {
    assertThat(
            blocks(
                indexing("old", "1"),
                indexing("x-client-hostname", "evil") + indexing("new", "2"),
                index(62) + index(63) + index(64),
                "\u007f\u0000" + "\u00012" + "\u000f0\u00013" + "\u001f0\u00014",
                index(62) + index(65)))
        .containsExactly(
            "old=1 " + STAMP,
            "new=2 " + STAMP,
            "new=2 old=1 " + STAMP,
            // First our name with a new value; then `new`, without indexing and never indexed.
            "new=3 new=4 " + STAMP,
            "old=1 " + STAMP);
  }

  @Test
  void rewriting_keepsWhatIsNeverIndexed() {
    String upstream =
        send(headers(1, indexing("a", "1") + indexing("x-secret", "1"))
                + headers(3, "\u001f0\u00012"))
            .upstream();
    // For the server `a` is 62, not 63.
    assertThat(upstream).contains("\u001f/\u00012");
    assertThat(Http2.read(upstream)).contains("3/1 flags 5 a=2 " + STAMP);
  }

  /// The server's table loses entries later than the client's, and gets back what it has lost.
  @Test
  void rewriting_afterSizeUpdates_meansTheSame() {
    assertThat(
            blocks(
                indexing("x-secret", "1") + indexing("a", "1") + indexing("b", "1"),
                "?%" + index(62) + index(63),
                "?\u0003" + index(62) + indexing("c", "1") + index(62),
                " " + GET))
        .containsExactly(
            "a=1 b=1 " + STAMP, "b=1 a=1 " + STAMP, "b=1 c=1 c=1 " + STAMP, READ_GET + " " + STAMP);
  }

  @Test
  void blockThatGrowsBeyondAFrame_isContinued() {
    String longest = plain("a", "b".repeat(16374));
    Wire.Outcome outcome = send(headers(1, longest));

    assertThat(longest).hasSize(16380);
    assertThat(Http2.read(outcome.upstream()))
        .containsExactly(READ_OPENING, "1/1 flags 1 a=" + "b".repeat(16374) + " " + STAMP);
    assertThat(Http2.read(send(headers(1, plain("a", "b".repeat(40_000)))).upstream()))
        .containsExactly(READ_OPENING, "1/1 flags 1 a=" + "b".repeat(40_000) + " " + STAMP);
  }

  /// Name, frames, what the server gets to judge.
  static Stream<Arguments> broken() {
    String compression = "1/1 flags 4 COMPRESSION_ERROR";
    String bare = "1/9 flags 4 ";
    return Stream.of(
        Arguments.of("index 0", headers(1, GET + "\u0080"), compression, "ODD_HEAD"),
        Arguments.of(
            "truncated", headers(1, "\0\u0005ab"), "1/1 flags 4 COMPRESSION_ERROR", "ODD_HEAD"),
        Arguments.of("no such index", headers(1, "\u00be"), compression, "ODD_HEAD"),
        Arguments.of(
            "late size update that the server would not see as late",
            headers(1, plain("x-secret", "1") + " " + GET),
            compression,
            "ODD_HEAD"),
        Arguments.of(
            "a table too large", headers(1, "?\u00e2\u00ff\u0003"), compression, "ODD_HEAD"),
        Arguments.of("interrupted", frame(1, 0, 1, GET) + data(1, ""), bare, "ODD_HEAD"),
        Arguments.of(
            "another stream", frame(1, 0, 1, GET) + continuation(4, 3, ""), bare, "ODD_HEAD"),
        Arguments.of("nothing to continue", continuation(4, 1, GET), bare, "ODD_HEAD"),
        Arguments.of(
            "flood",
            frame(1, 0, 1, GET) + continuation(0, 1, "").repeat(23) + continuation(4, 1, ""),
            bare,
            "HEAD_TOO_LARGE"),
        Arguments.of(
            "large in parts",
            frame(1, 0, 1, plain("a", "b".repeat(140_000)))
                + continuation(4, 1, plain("a", "b".repeat(140_000))),
            bare,
            "HEAD_TOO_LARGE"),
        Arguments.of(
            "joined values too large",
            headers(1, indexing("x-forwarded-for", "1".repeat(4000)) + index(62).repeat(70)),
            bare,
            "HEAD_TOO_LARGE"),
        Arguments.of(
            "padding", frame(1, PADDED | END_HEADERS, 1, "\u0009" + GET), "no block", "ODD_HEAD"),
        Arguments.of(
            "no pad length", frame(1, PADDED | END_HEADERS, 1, ""), "no block", "ODD_HEAD"),
        Arguments.of(
            "priority", frame(1, PRIORITY | END_HEADERS, 1, "abcd"), "no block", "ODD_HEAD"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void brokenBlock_isJudgedByTheServer_andNothingPassesAfterIt(
      String name, String frames, String judged, String reason) {
    String after = headers(5, GET) + data(1, "x");
    for (Profile profile : Profile.values()) {
      Wire.Outcome outcome =
          new Wire(profile).answer(SETTINGS).send(OPENING + frames).send(after).close();
      assertThat(outcome.tally()).containsExactly("refused " + reason);
      List<String> read = Http2.read(outcome.upstream());
      assertThat(read).hasSize(2);
      assertThat(read.getLast()).endsWith(judged);
      assertThat(outcome.upstream()).doesNotContain(GET).hasSizeLessThan(100);
    }
  }

  /// As much as is allowed of each: CONTINUATION frames, even of one byte; the table; the block.
  @Test
  void limits_reachedAndNotExceeded_areStamped() {
    StringBuilder tiny = new StringBuilder(frame(1, 0, 1, GET));
    String field = plain("a", "bcd");
    for (int i = 0; i < field.length(); i++) {
      tiny.append(
          continuation(i == field.length() - 1 ? END_HEADERS : 0, 1, field.substring(i, i + 1)));
    }
    String table = "?\u00e1\u00ff\u0003"; // 31 + 65505 = 64 KiB
    String block = plain("a", "b".repeat((256 << 10) - 7));

    assertThat(Http2.read(send(tiny.toString()).upstream()).getLast())
        .isEqualTo("1/1 flags 4 " + READ_GET + " a=bcd " + STAMP);
    assertThat(send(headers(1, table + GET)).tally()).containsExactly("stamped-0");
    assertThat(block).hasSize(256 << 10);
    assertThat(send(headers(1, block)).tally()).containsExactly("stamped-0");
    assertThat(send(headers(1, block + "\u0082")).tally())
        .containsExactly("refused HEAD_TOO_LARGE");
  }

  /// gRPC's metadata of 100 KiB, which both ends may have been told to take: a HEADERS frame and as
  /// many CONTINUATION frames as it needs.
  @Test
  void largeMetadata_inFramesThatEveryServerTakes_isStamped() {
    String block = GET + plain("a", "b".repeat(100_000));
    assertThat(Http2.read(send(inFrames(1, block)).upstream()).getLast())
        .isEqualTo("1/1 flags 0 " + READ_GET + " a=" + "b".repeat(100_000) + " " + STAMP);
  }

  @Test
  void frameTooLargeToBeHeld_passesAsZeros() {
    String block = plain("x-client-hostname", "e".repeat(270_000));
    Wire.Outcome outcome = send(headers(1, block) + headers(3, GET));

    String sent = OPENING + headers(1, "\0".repeat(block.length())) + continuation(4, 1, "");
    assertThat(outcome.upstream().equals(sent)).isTrue();
    assertThat(outcome.tally()).containsExactly("refused HEAD_TOO_LARGE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 400 no\r\n", "\0\0\0\u0004\u0001", "\0\0\0\u0003"})
  void serverThatSpeaksSomethingElse(String answer) {
    String half = frame(1, 0, 1, GET);
    Wire.Outcome transparent =
        new Wire(TRANSPARENT).send(OPENING + half).answer(answer).send("GET /").close();
    assertThat(transparent.upstream()).isEqualTo(OPENING + half + "GET /");
    assertThat(transparent.tally()).containsExactly("unstamped HTTP2");

    Wire.Outcome strict = new Wire(STRICT).send(OPENING).answer(answer).send("GET /").close();
    assertThat(strict)
        .isEqualTo(new Wire.Outcome(PREFACE, answer, List.of("refused HTTP2"), List.of("Abort")));
  }

  @Test
  void transparent_nameHiddenInData_beforeTheServerSpokeHttp2_trips() {
    String hidden = data(1, "GET / HTTP/1.1\r\nX-Client-Hostname: evil\r\n\r\n");
    Wire.Outcome outcome =
        new Wire(TRANSPARENT).send(OPENING + headers(1, GET) + hidden).send("more").close();

    assertThat(outcome.upstream()).endsWith("GET / HTTP/1.1\r\n");
    assertThat(outcome.events()).containsExactly("Abort");
    assertThat(send(headers(1, GET) + hidden).upstream()).endsWith(hidden);
  }

  /// Our own name in clear would trip the wire, with a length that is a line end and one that is a
  /// colon around it.
  @Test
  void transparent_ownStamp_beforeTheServerSpoke_doesNotTrip() {
    assertThat(new Wire(TRANSPARENT).send(OPENING + headers(1, GET)).close().events()).isEmpty();
  }

  @Test
  void endOfInput_withinABlock_passesNothingOfIt() {
    Wire.Outcome block =
        new Wire(STRICT).answer(SETTINGS).send(OPENING + frame(1, 0, 1, GET)).eof().close();
    assertThat(block.upstream()).isEqualTo(OPENING);
    Wire.Outcome header = new Wire(STRICT).answer(SETTINGS).send(OPENING + "\0\0").eof().close();
    assertThat(header.upstream()).isEqualTo(OPENING + "\0\0");
  }

  @Test
  void withoutHeaders_everyByteIsTheSame() {
    String bytes = OPENING + headers(1, GET + plain("x-secret", "1")) + data(1, "a");
    assertThat(Wire.withoutHeaders(STRICT).answer(SETTINGS).send(bytes).close().upstream())
        .isEqualTo(bytes);
  }
}
