package io.podstamp.h2;

import static io.podstamp.h2.Http2.END_HEADERS;
import static io.podstamp.h2.Http2.END_STREAM;
import static io.podstamp.h2.Http2.GET;
import static io.podstamp.h2.Http2.PADDED;
import static io.podstamp.h2.Http2.SETTINGS;
import static io.podstamp.h2.Http2.continuation;
import static io.podstamp.h2.Http2.data;
import static io.podstamp.h2.Http2.frame;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenStreamsTest {
  private static final int PUSH = 5;
  private static final int RESET = 3;
  private static final String CANCEL = "\0\0\0\u0008";

  @Test
  void noStream_isAtRestBetweenFrames() {
    OpenStreams streams = new OpenStreams();
    for (char byteOfFrame : (SETTINGS + frame(4, 0, 0, "\0\3\0\0\0d")).toCharArray()) {
      read(streams, String.valueOf(byteOfFrame));
    }
    assertThat(streams.isAtRest()).isTrue();
    read(streams, SETTINGS.substring(0, 8));
    assertThat(streams.isAtRest()).isFalse();
    read(streams, SETTINGS.substring(8));
    assertThat(streams.isAtRest()).isTrue();
  }

  /// What a server says to a request whose client has ended its side.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "headers",
        "headers data",
        "padded",
        "interim headers data",
        "trailers",
        "continuation",
        "push",
        "padded push",
        "reset"
      })
  void answer_isAtRestAtItsEndAndNotBefore_howeverItIsCut(String kind) {
    String answer = SETTINGS + answer(kind) + "";
    for (int cut = SETTINGS.length(); cut < answer.length(); cut++) {
      OpenStreams streams = asked(true);
      read(streams, answer.substring(0, cut));
      assertThat(streams.isAtRest()).as("%s after %d bytes", kind, cut).isFalse();
      read(streams, answer.substring(cut));
      assertThat(streams.isAtRest()).as("%s cut at %d", kind, cut).isTrue();
    }
  }

  private static String answer(String kind) {
    return switch (kind) {
      case "headers" -> frame(1, END_HEADERS | END_STREAM, 1, "\u0088");
      case "headers data" ->
          frame(1, END_HEADERS, 1, "\u0088") + data(1, "some") + frame(0, END_STREAM, 1, "rest");
      case "padded" ->
          frame(1, END_HEADERS, 1, "\u0088") + frame(0, END_STREAM | PADDED, 1, "\2x\0\0");
      case "interim headers data" ->
          frame(1, END_HEADERS, 1, "\u0088")
              + frame(1, END_HEADERS, 1, "\u0088")
              + frame(0, END_STREAM, 1, "");
      case "trailers" ->
          frame(1, END_HEADERS, 1, "\u0088")
              + data(1, "all")
              + frame(1, END_HEADERS | END_STREAM, 1, GET);
      case "continuation" ->
          frame(1, END_STREAM, 1, "\u0088")
              + continuation(0, 1, GET)
              + continuation(END_HEADERS, 1, GET);
      case "push" ->
          frame(PUSH, END_HEADERS, 1, "\0\0\0\2" + GET)
              + frame(1, END_HEADERS | END_STREAM, 1, "\u0088")
              + frame(1, END_HEADERS, 2, "\u0088")
              + frame(0, END_STREAM, 2, "pushed");
      case "padded push" ->
          frame(PUSH, PADDED, 1, "\1\u0080\0\0\2" + GET + "\0")
              + continuation(END_HEADERS, 1, GET)
              + frame(0, END_STREAM, 1, "")
              + frame(RESET, 0, 2, CANCEL);
      case "reset" -> frame(1, END_HEADERS, 1, "\u0088") + frame(RESET, 0, 1, CANCEL);
      default -> throw new IllegalArgumentException(kind);
    };
  }

  @Test
  void clientStillSends_isOpen() {
    OpenStreams streams = asked(false);
    read(streams, frame(1, END_HEADERS | END_STREAM, 1, "\u0088"));
    assertThat(streams.isAtRest()).isFalse();

    fromClient(streams, data(1, "more"));
    assertThat(streams.isAtRest()).isFalse();
    fromClient(streams, frame(0, END_STREAM, 1, "end"));
    assertThat(streams.isAtRest()).isTrue();
  }

  @Test
  void clientEndsByTrailers_orCancels() {
    OpenStreams streams = asked(false);
    streams.onClientHeaders(3, true, false);
    streams.onClientHeaders(1, false, true);
    read(streams, frame(0, END_STREAM, 1, ""));
    assertThat(streams.isAtRest()).isFalse();
    fromClient(streams, frame(RESET, 0, 3, CANCEL));
    assertThat(streams.isAtRest()).isTrue();
    read(streams, frame(1, END_HEADERS, 3, "\u0088") + data(3, "crossed it"));
    assertThat(streams.isAtRest()).isTrue();
  }

  /// The flag means something else on other frames.
  @Test
  void acknowledgements_endNothing() {
    OpenStreams streams = asked(true);
    read(streams, frame(4, 1, 0, "") + frame(6, 1, 1, "12345678"));
    assertThat(streams.isAtRest()).isFalse();
  }

  @Test
  void promiseThatIsTooShort_isUnknown() {
    OpenStreams streams = asked(true);
    read(streams, frame(PUSH, END_HEADERS, 1, "\0\0\0"));
    read(streams, frame(0, END_STREAM, 1, ""));
    assertThat(streams.isAtRest()).isFalse();
  }

  @Test
  void moreStreamsThanAreCounted_areUnknown_andTakeNoMemory() {
    OpenStreams streams = new OpenStreams();
    for (int i = 0; i <= OpenStreams.MOST_OPEN; i++) {
      streams.onClientHeaders(2 * i + 1, true, true);
    }
    for (int i = 0; i <= OpenStreams.MOST_OPEN; i++) {
      read(streams, frame(RESET, 0, 2 * i + 1, CANCEL));
    }
    assertThat(streams.isAtRest()).isFalse();
  }

  @Test
  void givenUp_staysUnknown() {
    OpenStreams streams = asked(true);
    streams.giveUp();
    read(streams, frame(0, END_STREAM, 1, ""));
    assertThat(streams.isAtRest()).isFalse();
  }

  /// Many streams at once, beside a model that knows each side's ends.
  @Test
  void randomConversations_agreeWithAModel() {
    long seed = 20261130;
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      OpenStreams streams = new OpenStreams();
      Set<Integer> clientSends = new HashSet<>();
      Set<Integer> serverSends = new HashSet<>();
      List<Integer> all = new ArrayList<>();
      for (int step = 0; step < 40; step++) {
        int id = all.isEmpty() ? 1 : all.get(random.nextInt(all.size()));
        switch (random.nextInt(6)) {
          case 0 -> {
            int next = 2 * all.size() + 1;
            all.add(next);
            boolean isLast = random.nextBoolean();
            streams.onClientHeaders(next, true, isLast);
            serverSends.add(next);
            if (!isLast) {
              clientSends.add(next);
            }
          }
          case 1 -> {
            if (clientSends.remove(id)) {
              fromClient(streams, frame(0, END_STREAM, id, "x"));
            }
          }
          case 2 -> {
            fromClient(streams, frame(RESET, 0, id, CANCEL));
            clientSends.remove(id);
            serverSends.remove(id);
          }
          case 3 -> {
            inPieces(streams, random, frame(RESET, 0, id, CANCEL));
            clientSends.remove(id);
            serverSends.remove(id);
          }
          case 4 -> {
            if (serverSends.remove(id)) {
              inPieces(streams, random, frame(0, END_STREAM, id, "last"));
            }
          }
          default -> inPieces(streams, random, data(id, "some"));
        }
        assertThat(streams.isAtRest())
            .as("seed %d, round %d, step %d", seed, round, step)
            .isEqualTo(clientSends.isEmpty() && serverSends.isEmpty());
      }
    }
  }

  private static void inPieces(OpenStreams streams, Random random, String bytes) {
    int cut = random.nextInt(bytes.length() + 1);
    read(streams, bytes.substring(0, cut));
    read(streams, bytes.substring(cut));
  }

  private static OpenStreams asked(boolean isLast) {
    OpenStreams streams = new OpenStreams();
    streams.onClientHeaders(1, true, isLast);
    return streams;
  }

  private static void fromClient(OpenStreams streams, String frame) {
    streams.onClientFrame(Unpooled.copiedBuffer(frame, ISO_8859_1), 0);
  }

  private static void read(OpenStreams streams, String bytes) {
    ByteBuf in = Unpooled.copiedBuffer("%" + bytes, ISO_8859_1).skipBytes(1);
    streams.readServer(in);
    assertThat(in.toString(ISO_8859_1)).isEqualTo(bytes);
  }
}
