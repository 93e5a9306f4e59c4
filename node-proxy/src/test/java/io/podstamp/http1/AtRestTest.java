package io.podstamp.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import io.podstamp.pipeline.Leaving;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// When the stamper tells that nothing is outstanding, while the process leaves.
class AtRestTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
  private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole";
  private static final String EMPTY = "HTTP/1.1 204 No Content\r\n\r\n";

  @ParameterizedTest
  @EnumSource
  void answerIsCutAnywhere_itIsToldAtTheEndAndNotBefore(Profile profile) {
    for (int cut = 0; cut < ANSWER.length(); cut++) {
      Wire part = new Wire(profile).send(GET).answer(ANSWER.substring(0, cut));
      assertThat(isTold(part.event(Leaving.WHEN_AT_REST))).as("after %d bytes", cut).isFalse();
      Wire asked = new Wire(profile).send(GET).answer(ANSWER.substring(0, cut));
      asked.event(Leaving.WHEN_AT_REST).answer(ANSWER.substring(cut));
      assertThat(isTold(asked)).as("cut at %d", cut).isTrue();
      Wire whole = new Wire(profile).send(GET).answer(ANSWER);
      assertThat(isTold(whole.event(Leaving.WHEN_AT_REST))).isTrue();
    }
  }

  @Test
  void nobodyLeaves_nothingIsTold() {
    assertThat(isTold(new Wire(Profile.TRANSPARENT).send(GET).answer(ANSWER))).isFalse();
  }

  @Test
  void nextRequestHasBegun_itIsLetThrough() {
    for (int cut = 1; cut < GET.length(); cut++) {
      Wire begun = new Wire(Profile.TRANSPARENT).send(GET).answer(EMPTY);
      begun.send(GET.substring(0, cut)).event(Leaving.WHEN_AT_REST);
      assertThat(isTold(begun)).as("after %d bytes", cut).isFalse();
    }
    Wire through = new Wire(Profile.TRANSPARENT).send(GET).answer(EMPTY).send("GET ");
    through.event(Leaving.WHEN_AT_REST).send(GET.substring(4)).answer(EMPTY);
    assertThat(isTold(through)).isTrue();
  }

  @Test
  void answeredBeforeTheBodyIsThere_theBodyIsOutstanding() {
    Wire early = new Wire(Profile.TRANSPARENT).send(POST.substring(0, POST.length() - 1));
    assertThat(isTold(early.event(Leaving.WHEN_AT_REST).answer(EMPTY))).isFalse();
    Wire late = new Wire(Profile.TRANSPARENT).send(POST.substring(0, POST.length() - 1));
    late.event(Leaving.WHEN_AT_REST).answer(EMPTY).send("o");
    assertThat(isTold(late)).isTrue();
  }

  @Test
  void pipelined_allAnswersAreAwaited() {
    Wire wire = new Wire(Profile.TRANSPARENT).send(GET + POST + GET).event(Leaving.WHEN_AT_REST);
    assertThat(isTold(wire.answer(EMPTY + ANSWER))).isFalse();
    Wire all = new Wire(Profile.TRANSPARENT).send(GET + POST + GET).event(Leaving.WHEN_AT_REST);
    assertThat(isTold(all.answer(EMPTY).answer(ANSWER + EMPTY))).isTrue();
  }

  /// A body in an answer to HEAD would be taken for the next answer.
  @Test
  void head_otherCasesAreOtherMethods() {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assertThat(isTold(leaving("HEAD / HTTP/1.1\r\n\r\n").answer(head))).isTrue();
    assertThat(isTold(leaving("head / HTTP/1.1\r\n\r\n").answer(head))).isFalse();
    assertThat(isTold(leaving("HEADS / HTTP/1.1\r\n\r\n").answer(head))).isFalse();
  }

  @Test
  void chunksForAClientOfHttp10_areNotKnownToEnd() {
    String chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assertThat(isTold(leaving("GET / HTTP/1.0\r\n\r\n").answer(chunks))).isFalse();
    assertThat(isTold(leaving(GET).answer(chunks))).isTrue();
  }

  @Test
  void tunnels_areNeverAtRest() {
    String upgrade = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    String switching = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    String connect = "CONNECT a:443 HTTP/1.1\r\n\r\n";
    assertThat(isTold(leaving(upgrade).answer(switching))).isFalse();
    assertThat(isTold(leaving(upgrade).answer(switching + EMPTY).send("\u0081"))).isFalse();
    assertThat(isTold(leaving(connect).answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")))
        .isFalse();
    assertThat(isTold(leaving(upgrade).answer(ANSWER))).isTrue();
    assertThat(isTold(leaving(upgrade).answer(ANSWER).send(GET))).isTrue();
  }

  @Test
  void serverSpokeFirst_orRequestIsNotCertain_isNeverAtRest() {
    Wire unasked = new Wire(Profile.TRANSPARENT).answer("HTTP/1.1 408 No\r\n").send(GET);
    assertThat(isTold(unasked.event(Leaving.WHEN_AT_REST).answer(EMPTY))).isFalse();
    assertThat(isTold(leaving("GET  / HTTP/1.1\r\n\r\n").answer(EMPTY))).isFalse();
    Wire later = new Wire(Profile.TRANSPARENT).send(GET).answer(EMPTY).send("GET  /\r\n\r\n");
    assertThat(isTold(later.event(Leaving.WHEN_AT_REST).answer(EMPTY))).isFalse();
  }

  private static Wire leaving(String request) {
    return new Wire(Profile.TRANSPARENT).send(request).event(Leaving.WHEN_AT_REST);
  }

  private static boolean isTold(Wire wire) {
    return wire.close().events().contains("AtRest");
  }
}
