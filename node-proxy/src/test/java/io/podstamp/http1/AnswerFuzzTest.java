package io.podstamp.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A short run of the fuzz target on answers that servers send, put together and broken at random.
/// `-Dpodstamp.fuzz.runs=N` runs more.
class AnswerFuzzTest {
  private static final int RUNS = Integer.getInteger("podstamp.fuzz.runs", 100_000);
  private static final long SEED = 20261130;

  private static final List<String> PARTS =
      List.of(
          "HTTP/1.1 200 OK\r\n",
          "HTTP/1.0 200 OK\r\n",
          "HTTP/1.1 404\r\n",
          "HTTP/1.1 100 Continue\r\n\r\n",
          "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n",
          "HTTP/1.1 204 No Content\r\n",
          "HTTP/1.1 304 Not Modified\r\n",
          "HTTP/1.1 101 Switching\r\n",
          "Content-Length: 5\r\n",
          "Content-Length: 0\r\n",
          "content-length:\t10 \r\n",
          "Transfer-Encoding: chunked\r\n",
          "transfer-encoding:CHUNKED\r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Server: nginx\r\n",
          "Set-Cookie: a=b; Path=/\r\n",
          "Connection: close\r\n",
          "\r\n",
          "hello",
          "5\r\nhello\r\n",
          "00a;x=y\r\n0123456789\r\n",
          "0\r\n",
          "0\r\n\r\n",
          "X-Sum: 1\r\n");

  private static final List<String> WHOLE =
      List.of(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n",
          "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: x\r\n\r\n");

  private static final String ODD = "\r\n\t :;,0159afAFxX\0\u000b\u00e4";

  private final Random random = new Random(SEED);

  @Test
  void brokenAnswers_nettyAgreesWhereAllIsAtRest() {
    for (int i = 0; i < RUNS; i++) {
      String bytes = i % 3 == 0 ? parts() : broken(whole());
      byte[] data = new byte[2 + bytes.length()];
      random.nextBytes(data);
      System.arraycopy(bytes.getBytes(ISO_8859_1), 0, data, 2, bytes.length());
      try {
        AnswerFuzz.fuzzerTestOneInput(data);
      } catch (Throwable e) {
        throw new AssertionError("seed %d, run %d".formatted(SEED, i), e);
      }
    }
  }

  /// What the target sees as wrong, it would see: Netty's client misses what is cut off.
  @Test
  void oracle_countsWholeAnswersOnly() {
    for (String answer : WHOLE) {
      AnswerFuzz.fuzzerTestOneInput(("\0\0" + answer).getBytes(ISO_8859_1));
      AnswerFraming framing = new AnswerFraming();
      framing.asked(AnswerFraming.Asked.ORDINARY);
      framing.read(io.netty.buffer.Unpooled.copiedBuffer(answer, ISO_8859_1));
      assertThat(framing.isAtRest()).isTrue();
    }
  }

  private String whole() {
    StringBuilder all = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      all.append(WHOLE.get(random.nextInt(WHOLE.size())));
    }
    return all.toString();
  }

  private String parts() {
    StringBuilder all = new StringBuilder(PARTS.getFirst());
    for (int i = random.nextInt(8); i >= 0; i--) {
      all.append(PARTS.get(random.nextInt(PARTS.size())));
    }
    return all.toString();
  }

  private String broken(String answers) {
    StringBuilder all = new StringBuilder(answers);
    for (int i = random.nextInt(3); i > 0; i--) {
      int at = random.nextInt(all.length());
      char odd = ODD.charAt(random.nextInt(ODD.length()));
      switch (random.nextInt(3)) {
        case 0 -> all.setCharAt(at, odd);
        case 1 -> all.insert(at, odd);
        default -> all.deleteCharAt(at);
      }
    }
    return all.toString();
  }
}
