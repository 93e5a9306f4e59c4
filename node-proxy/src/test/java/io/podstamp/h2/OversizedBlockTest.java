package io.podstamp.h2;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A header block longer than the limit costs its stream; what later blocks refer to is known.
class OversizedBlockTest {
  private static final String OPENING = PREFACE + SETTINGS;
  private static final String LONG = plain("long", "v".repeat(60_000)).repeat(5);
  private static final String MALFORMED = " x=\0";

  private static Wire.Outcome send(String frames) {
    return new Wire(Profile.TRANSPARENT).answer(SETTINGS).send(OPENING + frames).close();
  }

  /// What a server reads behind the opening.
  private static List<String> read(Wire.Outcome outcome) {
    List<String> all = Http2.read(outcome.upstream());
    return all.subList(1, all.size());
  }

  private static String stamped(int stream, String fields) {
    return "%d/1 flags 5 :method=GET :scheme=http :path=/%s %s"
        .formatted(stream, fields, "x-forwarded-for=10.1.2.3 x-client-hostname=web-0 x-team=blue");
  }

  @ParameterizedTest
  @EnumSource
  void oversized_costsItsStream_othersGoOn(Profile profile) {
    String bytes =
        headers(1, GET)
            + inFrames(3, GET + LONG)
            + data(3, "body")
            + headers(5, GET + plain("a", "b"));
    Wire.Outcome outcome = new Wire(profile).answer(SETTINGS).send(OPENING + bytes).close();
    assertThat(read(outcome))
        .containsExactly(
            stamped(1, ""), "3/1 flags 4" + MALFORMED, "3/0 flags 0 body", stamped(5, " a=b"));
    assertThat(outcome.tally()).containsExactly("stamped-0", "refused HEAD_TOO_LARGE", "stamped-0");
    assertThat(outcome.events()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {97, 1_000, 9_999, 16_393, 100_000})
  void oversized_anyCut_givesTheSameBytes(int piece) {
    String bytes =
        inFrames(1, GET + indexing("a", "1") + LONG + indexing("x-team", "2"))
            + headers(3, GET + index(63));
    Wire wire = new Wire(Profile.STRICT).answer(SETTINGS).send(OPENING);
    for (int at = 0; at < bytes.length(); at += piece) {
      wire.send(bytes.substring(at, Math.min(bytes.length(), at + piece)));
    }
    assertThat(read(wire.close())).containsExactly("1/1 flags 4" + MALFORMED, stamped(3, " a=1"));
  }

  /// Of the table the client knows all, and the server what it got to see.
  @Test
  void fieldsOfTheTable_areWrittenWhereTheyAreUsed_oursNever() {
    String oversized =
        GET
            + indexing("a", "1")
            + LONG
            + indexing("x-client-hostname", "evil")
            + neverIndexed("x-team", "evil")
            + indexing("b", "2");
    Wire.Outcome outcome =
        send(
            headers(1, GET + indexing("z", "0"))
                + inFrames(3, oversized)
                + headers(5, GET + index(62) + index(63) + index(64) + index(65))
                + headers(7, GET + index(62) + index(64) + index(65)));
    assertThat(read(outcome))
        .containsExactly(
            stamped(1, " z=0"),
            "3/1 flags 4" + MALFORMED,
            stamped(5, " b=2 a=1 z=0"),
            stamped(7, " b=2 a=1 z=0"));
    assertThat(outcome.tally())
        .containsExactly("stamped-0", "refused HEAD_TOO_LARGE", "stamped-1", "stamped-0");
  }

  /// RFC 7541, section 4.4.
  @Test
  void entryLargerThanTheTable_isSkipped_andEmptiesIt() {
    String oversized = GET + indexing("a", "1") + indexing("huge", "h".repeat(300_000));
    assertThat(
            read(send(inFrames(1, oversized + indexing("b", "2")) + headers(3, GET + index(62)))))
        .containsExactly("1/1 flags 4" + MALFORMED, stamped(3, " b=2"));
    assertThat(read(send(inFrames(1, oversized) + headers(3, GET + index(62)))))
        .containsExactly("1/1 flags 4" + MALFORMED, "3/1 flags 4 COMPRESSION_ERROR");
  }

  @Test
  void valueOfAFieldThatNoTableTakes_isSkipped_howeverLongItIs() {
    String oversized = indexing("a", "1") + GET + plain("token", "t".repeat(3_000_000));
    assertThat(read(send(inFrames(1, oversized) + headers(3, GET + index(62)))))
        .containsExactly("1/1 flags 4" + MALFORMED, stamped(3, " a=1"));
  }

  /// Down to nothing and up to 100 bytes: the server hears both, and an entry of 133 does not fit.
  @Test
  void sizesOfTheTable_areTold() {
    String sizes = " " + "?E";
    Wire.Outcome outcome =
        send(
            headers(1, GET + indexing("old", "1"))
                + inFrames(3, sizes + GET + LONG + indexing("a", "1"))
                + headers(5, GET + index(62) + indexing("b", "x".repeat(100)))
                + headers(7, GET + index(62)));
    assertThat(outcome.upstream()).contains(frame(1, END_HEADERS, 3, sizes + "\0\u0001x\u0001\0"));
    assertThat(read(outcome).get(2)).isEqualTo(stamped(5, " a=1 b=" + "x".repeat(100)));
    assertThat(read(outcome).getLast()).isEqualTo("7/1 flags 4 COMPRESSION_ERROR");
  }

  @Test
  void trailers_costTheirStream() {
    Wire.Outcome outcome =
        send(frame(1, END_HEADERS, 1, GET) + inFrames(1, LONG) + headers(3, GET));
    assertThat(read(outcome).subList(1, 3))
        .containsExactly("1/1 flags 4" + MALFORMED, stamped(3, ""));
  }

  @Test
  void endOfTheStream_paddingAndPriority_areNoPartOfTheBlock() {
    String all = GET + indexing("a", "1") + LONG;
    String first =
        frame(1, 1 | PADDED | PRIORITY, 1, "\u0002\0\0\0\0\u0010" + all.substring(0, 900) + "\0\0");
    String rest = inFrames(1, all.substring(900)).replaceFirst("(?s)^(...)\u0001", "$1\u0009");
    assertThat(read(send(first + rest + headers(3, GET + index(62)))))
        .containsExactly("1/1 flags 5" + MALFORMED, stamped(3, " a=1"));
  }

  @Test
  void brokenOrEndless_isJudgedByTheServer_andNothingPassesAfterIt() {
    String after = headers(3, GET);
    String open = inFrames(1, GET + LONG).substring(0, 17 * (9 + 16_384)); // not its last frame
    assertRefused(inFrames(1, GET + LONG + "\u0080") + after, "COMPRESSION_ERROR", "ODD_HEAD");
    assertRefused(inFrames(1, GET + LONG + " ") + after, "COMPRESSION_ERROR", "ODD_HEAD");
    assertRefused(inFrames(1, GET + LONG + "\0\u0005ab") + after, "COMPRESSION_ERROR", "ODD_HEAD");
    assertRefused(open + data(1, "") + after, "1/9 flags 4 ", "ODD_HEAD");
    assertRefused(open + continuation(4, 3, "") + after, "1/9 flags 4 ", "ODD_HEAD");
    assertRefused(
        open + continuation(0, 1, "").repeat(20) + after, "1/9 flags 4 ", "HEAD_TOO_LARGE");
    assertRefused(
        open + continuation(0, 1, "v".repeat(16_385)) + after, "1/9 flags 4 ", "HEAD_TOO_LARGE");
    assertRefused(
        inFrames(1, GET + LONG.repeat(60)) + after, "1/9 flags 4 ", "HEAD_TOO_LARGE"); // 18 MB
    assertRefused(
        inFrames(1, GET + LONG + "\0" + string(200_000)) + after, "1/9 flags 4 ", "HEAD_TOO_LARGE");
  }

  private static String string(int length) {
    return plain("", "n".repeat(length)).substring(2);
  }

  private static void assertRefused(String frames, String judged, String reason) {
    Wire.Outcome outcome = send(frames);
    assertThat(outcome.tally()).containsExactly("refused " + reason);
    assertThat(read(outcome)).hasSize(1).first().asString().endsWith(judged);
  }
}
