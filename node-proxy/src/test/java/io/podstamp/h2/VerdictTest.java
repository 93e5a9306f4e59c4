package io.podstamp.h2;

import static io.podstamp.h2.Http2.END_HEADERS;
import static io.podstamp.h2.Http2.END_STREAM;
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
import static io.podstamp.h2.Http2.indexing;
import static io.podstamp.h2.Http2.plain;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What breaks the rules of RFC 9113, sections 3 to 6, and of RFC 7541, shown to real servers as it
/// is and as it leaves podstamp: they say the same.
@Timeout(120)
class VerdictTest {
  private static final int QUIET_MILLIS = 400;
  private static final String OPENING = PREFACE + SETTINGS;

  /// Its answer tells that the connection lives.
  private static final String PING = frame(6, 0, 0, "are you?");

  private static final String REQUEST =
      GET + "A" + (char) 9 + "localhost"; // with :authority, as servers want it

  @TempDir Path home;

  /// What is sent after the opening.
  private static Map<String, String> cases() {
    Map<String, String> cases = new LinkedHashMap<>();
    cases.put("a request", headers(1, REQUEST));
    cases.put("two requests", headers(1, REQUEST) + headers(3, REQUEST));
    cases.put("padded, with priority", frame(1, 0x2d, 1, "\u0001\0\0\0\0\u0010" + REQUEST + "\0"));
    cases.put("continued", frame(1, END_STREAM, 1, GET) + continuation(4, 1, plain("a", "b")));
    cases.put("3.4 no SETTINGS", "no opening");
    cases.put("4.1 unknown frame", frame(0xfa, 0xff, 0, "anything"));
    cases.put("4.2 DATA too large", headers(1, REQUEST) + data(1, "d".repeat(16385)));
    cases.put("4.2 HEADERS too large", headers(1, REQUEST + plain("a", "b".repeat(16500))));
    cases.put("4.3 index 0", headers(1, GET + "\u0080"));
    cases.put("4.3 index out of range", headers(1, GET + "\u00ff\u0010"));
    cases.put("4.3 truncated literal", headers(1, GET + "\0\u0005ab"));
    cases.put("4.3 Huffman padding", headers(1, GET + "\0\u0001a\u0081\0"));
    cases.put("4.3 Huffman EOS", headers(1, GET + "\0\u0001a\u0084\u00ff\u00ff\u00ff\u00ff"));
    cases.put("4.3 table too large", headers(1, "?\u00e2\u001f" + GET));
    cases.put("4.3 table far too large", headers(1, "?\u00ff\u00ff\u0007" + GET));
    cases.put("4.3 late size update", headers(1, REQUEST + "?\u0001"));
    cases.put("4.3 interrupted by DATA", frame(1, 0, 1, GET) + data(1, ""));
    cases.put("4.3 interrupted by an unknown frame", frame(1, 0, 1, GET) + frame(0xfa, 0, 0, ""));
    cases.put("5.1 DATA on an idle stream", data(1, "a"));
    cases.put("5.1 RST_STREAM on an idle stream", frame(3, 0, 1, "\0\0\0\b"));
    cases.put("5.1 WINDOW_UPDATE on an idle stream", frame(8, 0, 1, "\0\0\0\u0001"));
    cases.put("5.1.1 even stream", headers(2, REQUEST));
    cases.put("5.1.1 stream 0", headers(0, REQUEST));
    cases.put("5.1.1 lower stream", headers(5, REQUEST) + headers(3, REQUEST));
    cases.put("5.3 depends on itself", frame(1, 0x25, 1, "\0\0\0\u0001\u0010" + REQUEST));
    cases.put("6.1 DATA on stream 0", data(0, "a"));
    cases.put("6.2 too much padding", frame(1, PADDED | END_HEADERS, 1, "U" + GET));
    cases.put("6.2 all padding but one", frame(1, PADDED | END_HEADERS, 1, "\u0004" + GET));
    cases.put("6.2 no pad length", frame(1, PADDED | END_HEADERS, 1, ""));
    cases.put("6.2 no priority", frame(1, PRIORITY | END_HEADERS, 1, "abc"));
    cases.put("6.3 PRIORITY too short", frame(2, 0, 1, "abc"));
    cases.put("6.4 RST_STREAM too short", headers(1, REQUEST) + frame(3, 0, 1, "abc"));
    cases.put("6.5 SETTINGS of 5 bytes", frame(4, 0, 0, "abcde"));
    cases.put("6.5 SETTINGS on a stream", frame(4, 0, 1, ""));
    cases.put("6.5 ACK with a payload", frame(4, 1, 0, "abcdef"));
    cases.put("6.6 PUSH_PROMISE", frame(5, END_HEADERS, 1, "\0\0\0\u0002" + GET));
    cases.put("6.7 PING of 7 bytes", frame(6, 0, 0, "abcdefg"));
    cases.put("6.7 PING on a stream", frame(6, 0, 1, "abcdefgh"));
    cases.put("6.9 WINDOW_UPDATE of 0", frame(8, 0, 0, "\0\0\0\0"));
    cases.put("6.9.1 window too large", frame(8, 0, 0, "\u007f\u00ff\u00ff\u00ff").repeat(2));
    cases.put("6.10 nothing to continue", continuation(4, 1, GET));
    cases.put("6.10 another stream", frame(1, 1, 1, GET) + continuation(4, 3, plain("a", "b")));
    cases.put("6.10 stream 0", frame(1, 1, 1, GET) + continuation(4, 0, plain("a", "b")));
    cases.put("8.1 second head without its end", frame(1, 4, 1, REQUEST) + frame(1, 4, 1, REQUEST));
    cases.put("8.3 unknown pseudo field", headers(1, GET + plain(":a", "b")));
    cases.put("8.3 no path", headers(1, "\u0082\u0086"));
    cases.put("forged, then more of the table", forgedThenMore());
    return cases;
  }

  private static String forgedThenMore() {
    return headers(1, REQUEST + indexing("x-client-hostname", "evil") + indexing("a", "b"))
        + headers(3, GET + "\u00c0\u00bf\u00be");
  }

  @ParameterizedTest
  @EnumSource
  void brokenRules_areJudgedAlike(H2cServer.Kind kind) throws Exception {
    try (H2cServer server = H2cServer.start(kind, home);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Future<String>> direct = new LinkedHashMap<>();
      Map<String, Future<String>> through = new LinkedHashMap<>();
      cases()
          .forEach(
              (name, frames) -> {
                String bytes =
                    (frames.equals("no opening") ? PREFACE + data(1, "") : OPENING + frames) + PING;
                String left =
                    new Wire(Profile.STRICT).answer(SETTINGS).send(bytes).close().upstream();
                direct.put(name, threads.submit(() -> verdict(server.address(), bytes)));
                through.put(name, threads.submit(() -> verdict(server.address(), left)));
              });
      Map<String, String> expected = texts(direct);
      assertThat(expected).containsEntry("a request", "[alive]");
      assertThat(expected.values()).anyMatch(verdict -> verdict.contains("GOAWAY 9"));
      assertThat(texts(through)).containsExactlyEntriesOf(expected);
    }
  }

  /// What stands for a block that is too long to be held is refused by its server as a stream.
  @ParameterizedTest
  @EnumSource
  void oversizedBlock_costsItsStreamAlone(H2cServer.Kind kind) throws Exception {
    String bytes =
        OPENING
            + headers(1, REQUEST)
            + inFrames(3, REQUEST + plain("a", "b".repeat(300_000)))
            + headers(5, REQUEST)
            + PING;
    String left = new Wire(Profile.STRICT).answer(SETTINGS).send(bytes).close().upstream();
    try (H2cServer server = H2cServer.start(kind, home)) {
      assertThat(verdict(server.address(), left)).contains("alive").doesNotContain("GOAWAY");
    }
  }

  private static Map<String, String> texts(Map<String, Future<String>> verdicts) throws Exception {
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, Future<String>> verdict : verdicts.entrySet()) {
      texts.put(verdict.getKey(), verdict.getValue().get());
    }
    return texts;
  }

  /// What a server says that means something: errors, or that it goes on.
  private static String verdict(InetSocketAddress server, String bytes) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (Socket socket = new Socket()) {
      socket.connect(server);
      socket.setSoTimeout(QUIET_MILLIS);
      try {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
        socket.getInputStream().transferTo(answer);
      } catch (IOException e) {
        // Quiet, or reset.
      }
    }
    ByteBuf in = Unpooled.wrappedBuffer(answer.toByteArray());
    TreeSet<String> said = new TreeSet<>();
    while (in.readableBytes() >= Frame.HEADER) {
      int at = in.readerIndex();
      switch (Frame.type(in, at)) {
        case 3 -> said.add("RST_STREAM %d %d".formatted(Frame.stream(in, at), in.getInt(at + 9)));
        case 6 -> said.add("alive");
        case 7 -> said.add("GOAWAY " + in.getInt(at + 13));
        default -> {
          // Responses and flow control say nothing about rules.
        }
      }
      in.skipBytes(Math.min(in.readableBytes(), Frame.HEADER + Frame.length(in, at)));
    }
    return said.toString();
  }
}
