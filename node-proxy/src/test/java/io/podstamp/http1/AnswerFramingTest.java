package io.podstamp.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.http1.AnswerFraming.Asked;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerFramingTest {
  private static final String LENGTH =
      "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\nDate:\r\n\r\nhello";

  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0A;a=b\r\n0123456789\r\n0\r\n\r\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        LENGTH,
        CHUNKED,
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\ncontent-LENGTH:\t 5 \t\r\n\r\nhello",
        "HTTP/1.1 200\r\nContent-Length:0\r\n\r\n",
        "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTrailer: x\r\nTE: x\r\nC: x\r\n"
            + "Content-Length-Is: 7\r\nT:\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 gr\u00fc\u00dfe\tdich\r\nX: a\tb\tc\td\te\tf\tg\th\r\nContent-Length: 2\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding:Chunked \r\n\r\n1\r\n\n\r\n00000\r\nX-Sum: 1\r\nTrailer:\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n" + LENGTH,
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + CHUNKED,
      })
  void oneAnswer_isAtRestAtItsEndAndNotBefore_howeverItIsCut(String answer) {
    assertRestsAtTheEndOnly(List.of(Asked.ORDINARY), List.of(answer));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n",
      })
  void answerToHead_endsWithItsHead(String answer) {
    assertRestsAtTheEndOnly(List.of(Asked.HEAD), List.of(answer));
  }

  @Test
  void pipelinedRequests_eachHasItsAnswer() {
    assertRestsAtTheEndOnly(
        List.of(Asked.ORDINARY, Asked.HEAD, Asked.HTTP10, Asked.ORDINARY, Asked.HEAD),
        List.of(
            CHUNKED,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            LENGTH,
            "HTTP/1.1 304 Not Modified\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  }

  @Test
  void manyRequestsOneAfterTheOther_eachIsAtRest() {
    AnswerFraming framing = new AnswerFraming();
    for (int i = 0; i < 1000; i++) {
      assertThat(framing.isAtRest()).isTrue();
      framing.asked(i % 3 == 0 ? Asked.HEAD : Asked.ORDINARY);
      assertThat(framing.isAtRest()).isFalse();
      read(framing, i % 3 == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : LENGTH);
    }
    assertThat(framing.isAtRest()).isTrue();
  }

  @Test
  void asManyAsAreCounted_thenOneMoreIsUnknown() {
    AnswerFraming framing = new AnswerFraming();
    IntStream.range(0, AnswerFraming.MOST_OUTSTANDING).forEach(_ -> framing.asked(Asked.HEAD));
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    read(framing, answer.repeat(AnswerFraming.MOST_OUTSTANDING));
    assertThat(framing.isAtRest()).isTrue();

    IntStream.rangeClosed(0, AnswerFraming.MOST_OUTSTANDING)
        .forEach(_ -> framing.asked(Asked.HEAD));
    read(framing, answer.repeat(AnswerFraming.MOST_OUTSTANDING + 1));
    assertThat(framing.isAtRest()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Until the server's own end.
        "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        // Another protocol.
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
        "220 ready\r\n",
        "<html>",
        // Codings that leave it to the client.
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun ked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
        // Lengths.
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 00\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        // Lines.
        "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\rx",
        "HTTP/1.1 200 OK\r\n Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\rContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding\t: chunked\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 99 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        // Chunks.
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0 \r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
        // More than was asked for.
        LENGTH + "!",
        LENGTH + "\r\n",
        CHUNKED + LENGTH,
      })
  void anythingElse_isNeverAtRestAgain(String answer) {
    for (int cut = 0; cut <= answer.length(); cut++) {
      AnswerFraming framing = new AnswerFraming();
      framing.asked(Asked.ORDINARY);
      read(framing, answer.substring(0, cut));
      read(framing, answer.substring(cut));
      assertThat(framing.isAtRest()).isFalse();
      framing.asked(Asked.ORDINARY);
      read(framing, LENGTH);
      assertThat(framing.isAtRest()).isFalse();
    }
  }

  @Test
  void chunksForAClientOfHttp10_areUnknown() {
    AnswerFraming framing = new AnswerFraming();
    framing.asked(Asked.HTTP10);
    read(framing, CHUNKED);
    assertThat(framing.isAtRest()).isFalse();
  }

  @Test
  void connect_isATunnelUnlessItIsRefused() {
    String refused = "HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nlater";
    assertRestsAtTheEndOnly(List.of(Asked.CONNECT), List.of(refused));
    AnswerFraming framing = asked(List.of(Asked.CONNECT));
    read(framing, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assertThat(framing.isAtRest()).isFalse();
  }

  @Test
  void serverSpeaksUnasked_isUnknown() {
    AnswerFraming framing = new AnswerFraming();
    assertThat(framing.isAtRest()).isTrue();
    read(framing, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    assertThat(framing.isAtRest()).isFalse();
  }

  @Test
  void givenUp_staysUnknown() {
    AnswerFraming framing = new AnswerFraming();
    framing.asked(Asked.ORDINARY);
    framing.giveUp();
    read(framing, LENGTH);
    assertThat(framing.isAtRest()).isFalse();
  }

  @Test
  void hugeBodies_areCounted() {
    AnswerFraming framing = new AnswerFraming();
    framing.asked(Asked.ORDINARY);
    read(framing, "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n");
    ByteBuf million = Unpooled.wrappedBuffer(new byte[1_000_000]);
    for (int i = 0; i < 5000; i++) {
      assertThat(framing.isAtRest()).isFalse();
      framing.read(million);
    }
    assertThat(framing.isAtRest()).isTrue();
  }

  /// Each answer begins only when the one before it is whole, so a cut may fall between two: then
  /// as many are outstanding as are to come.
  private static void assertRestsAtTheEndOnly(List<Asked> asked, List<String> answers) {
    String all = String.join("", answers);
    for (int cut = 0; cut < all.length(); cut++) {
      AnswerFraming framing = asked(asked);
      read(framing, all.substring(0, cut));
      assertThat(framing.isAtRest()).as("after %d bytes", cut).isFalse();
      read(framing, all.substring(cut));
      assertThat(framing.isAtRest()).as("cut at %d", cut).isTrue();
    }
    AnswerFraming byByte = asked(asked);
    for (int i = 0; i < all.length(); i++) {
      assertThat(byByte.isAtRest()).isFalse();
      read(byByte, all.substring(i, i + 1));
    }
    assertThat(byByte.isAtRest()).isTrue();
  }

  private static AnswerFraming asked(List<Asked> asked) {
    AnswerFraming framing = new AnswerFraming();
    asked.forEach(framing::asked);
    return framing;
  }

  private static void read(AnswerFraming framing, String bytes) {
    ByteBuf in = Unpooled.copiedBuffer("%" + bytes, ISO_8859_1).skipBytes(1);
    framing.read(in);
    assertThat(in.toString(ISO_8859_1)).isEqualTo(bytes);
  }
}
