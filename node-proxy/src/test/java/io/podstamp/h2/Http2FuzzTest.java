package io.podstamp.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A short run of the fuzz target on blocks that are made at random of what tells tables apart;
/// `-Dpodstamp.fuzz.runs=N` runs more, `scripts/fuzz.sh` lets Jazzer run it for long.
class Http2FuzzTest {
  private static final int RUNS = Integer.getInteger("podstamp.fuzz.runs", 100_000) / 5;

  private static final List<String> NAMES =
      List.of(
          "a",
          "b",
          "x-client-hostname",
          "X_Client.Hostname",
          "x-forwarded-for",
          "x-team",
          "x-secret",
          "x-app",
          ":path",
          "a:b",
          "");
  private static final List<String> VALUES =
      List.of("", "1", "evil", "1.1.1.1", "c\r\nx-secret: 1", "d".repeat(50), "e".repeat(900));

  private final Random random = new Random(20261125);

  @Test
  void http2_knownMutations() {
    Http2Fuzz.fuzzerInitialize();
    for (int i = 0; i < RUNS; i++) {
      byte[] data = ("" + any() + any() + conversation()).getBytes(ISO_8859_1);
      try {
        Http2Fuzz.fuzzerTestOneInput(data);
      } catch (Throwable e) {
        throw new AssertionError("run " + i, e);
      }
    }
  }

  private String conversation() {
    StringBuilder bytes = new StringBuilder();
    for (int i = random.nextInt(5); i >= 0; i--) {
      int stream = 1 + 2 * random.nextInt(5);
      switch (random.nextInt(8)) {
        case 0 -> bytes.append(Http2.data(stream, pick(VALUES)));
        case 1 -> {
          bytes.append(Http2.frame(1, 0, stream, block()));
          bytes.append(Http2.continuation(0, stream, block()));
          bytes.append(Http2.continuation(4, stream, block()));
        }
        case 2 -> bytes.append(Http2.frame(1, 0x2c, stream, "\u0001abcde" + block() + "\0"));
        default -> bytes.append(Http2.headers(stream, block()));
      }
    }
    for (int i = random.nextInt(4) - 1; i > 0; i--) {
      bytes.setCharAt(random.nextInt(bytes.length()), any());
    }
    return bytes.toString();
  }

  private String block() {
    StringBuilder block = new StringBuilder();
    if (random.nextInt(6) == 0) {
      block.append((char) (0x20 + random.nextInt(31)));
    }
    for (int i = random.nextInt(6); i > 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> block.append(Http2.plain(pick(NAMES), pick(VALUES)));
        case 1 -> block.append(Http2.neverIndexed(pick(NAMES), pick(VALUES)));
        case 2 -> block.append(Http2.index(1 + random.nextInt(68)));
        case 3 -> block.append("\u007f").append((char) random.nextInt(6)).append("\u0001v");
        default -> block.append(Http2.indexing(pick(NAMES), pick(VALUES)));
      }
    }
    return block.toString();
  }

  private char any() {
    return (char) random.nextInt(256);
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
