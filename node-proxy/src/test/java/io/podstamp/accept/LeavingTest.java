package io.podstamp.accept;

import static io.podstamp.accept.LoopbackPath.send;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Connections;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The process leaves while connections are open, on loopback, without a redirect: a clean end
/// comes only where nothing is outstanding, and what is cut off ends by a reset.
@Timeout(60)
class LeavingTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final String SETTINGS = frame(4, 0, 0, "");
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  /// `GET / http` by the static table.
  private static final String BLOCK = "\u0082\u0086\u0084";

  private static final String WEBSOCKET =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

  private static final String HELLO =
      "\u0016\u0003\u0001\0\u0010\u0001\0\0\u000c\u0003\u0003hhhhhhhhhh";

  private static final String POST =
      "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello";

  private static final int SMALL_BUFFER = 64 << 10;

  /// Longer than an application may take to end its side once it has all.
  private static final Duration LINGERED = Duration.ofMillis(2500);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private LoopbackPath path;

  @BeforeEach
  void listen() throws IOException {
    path = new LoopbackPath(new AnyPod(), new NodeMetrics(), SMALL_BUFFER);
  }

  @AfterEach
  void close() throws IOException {
    path.close();
    threads.shutdownNow();
  }

  private final class AnyPod implements CapturedPod {
    @Override
    public Stamp stamp() {
      return Stamp.render(Wire.RULES, Wire.POD);
    }

    @Override
    public Profile profile() {
      return Profile.TRANSPARENT;
    }

    @Override
    public void accepted(Channel connection, InetAddress source) {
      connections.add(connection);
    }
  }

  /// What an application says, and what a server answers in two halves with a pause between them.
  enum Paused {
    HTTP10("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nfirst", "second"),
    CONNECTION_CLOSE(GET, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst", "second"),
    NOTHING_YET(GET, "", "HTTP/1.1 204 No Content\r\n\r\n"),
    HEAD_ONLY(GET, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", "second"),
    HALF_A_HEAD(GET, "HTTP/1.1 200 OK\r\nContent-", "Length: 6\r\n\r\nsecond"),
    LENGTH(GET, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst", "second"),
    CHUNKED(
        GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n", "0\r\n\r\n"),
    LAST_CHUNK(GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "\r\n"),
    CONTINUE(POST, "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"),
    PIPELINED(
        GET + GET,
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
        "HTTP/1.1 204 No Content\r\n\r\n"),
    LATER_REQUEST_OF_MANY(
        GET + "HEAD / HTTP/1.1\r\n\r\n" + GET,
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\n\r\n"),
    WEBSOCKET_TUNNEL(WEBSOCKET, "HTTP/1.1 101 Switching\r\n\r\nfirst", "second"),
    CONNECT_TUNNEL("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nfirst", "second"),
    NOT_CERTAIN("GET  / HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "second"),
    ODD_ANSWER(GET, "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "second"),
    TLS(HELLO, "\u0016\u0003\u0003\0\u0005first", "second"),
    RAW("\0question", "first", "second"),
    SERVER_FIRST("", "220 ready\r\n", "second"),
    HTTP2(
        PREFACE + SETTINGS + frame(1, END_HEADERS | END_STREAM, 1, BLOCK),
        SETTINGS + frame(1, END_HEADERS, 1, "\u0088") + frame(0, 0, 1, "first"),
        frame(0, END_STREAM, 1, "second")),
    HTTP2_UPLOAD(
        PREFACE + SETTINGS + frame(1, END_HEADERS, 1, BLOCK),
        SETTINGS + frame(1, END_HEADERS | END_STREAM, 1, "\u0088"),
        frame(3, 0, 1, "\0\0\0\0")),
    HTTP2_PUSH(
        PREFACE + SETTINGS + frame(1, END_HEADERS | END_STREAM, 1, BLOCK),
        SETTINGS
            + frame(5, END_HEADERS, 1, "\0\0\0\u0002" + BLOCK)
            + frame(1, END_HEADERS | END_STREAM, 1, "\u0088"),
        frame(1, END_HEADERS | END_STREAM, 2, "\u0088"));

    private final String asked;
    private final String first;
    private final String second;

    Paused(String asked, String first, String second) {
      this.asked = asked;
      this.first = first;
      this.second = second;
    }
  }

  @ParameterizedTest
  @EnumSource
  void serverPauses_theConnectionIsLeftAlone_andTheRestArrives(Paused paused) throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      converse(client, served, paused);

      for (int i = 0; i < 3; i++) {
        endAtRest();
      }

      send(served, paused.second);
      assertThat(read(client, paused.second.length())).isEqualTo(paused.second);
    }
    assertNothingOpen();
  }

  @ParameterizedTest
  @EnumSource
  void timeIsUp_bothSidesSeeAReset(Paused paused) throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      converse(client, served, paused);
      endAtRest();

      Connections.endNow(List.of(connections));

      assertIsReset(client);
      assertIsReset(served);
    }
    assertNothingOpen();
  }

  /// The client reads on meanwhile, so its end shows what came before.
  @ParameterizedTest
  @CsvSource({"HTTP10", "LENGTH", "HTTP2"})
  void timeIsUp_whileTheClientIsReading_itsReadFails(Paused paused) throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      converse(client, served, paused);
      Future<Integer> end = threads.submit(() -> client.getInputStream().read());

      Connections.endNow(List.of(connections));

      assertThatThrownBy(end::get).hasCauseInstanceOf(SocketException.class);
    }
  }

  /// Whole answers: nothing is outstanding after them.
  enum Whole {
    NO_BODY(GET, "HTTP/1.1 204 No Content\r\n\r\n"),
    NOT_MODIFIED(GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    HEAD("HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    LENGTH(GET, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"),
    CHUNKED(GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n"),
    CONTINUE(POST, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
    PIPELINED(GET + "HEAD / HTTP/1.1\r\n\r\n" + GET, "HTTP/1.1 204 No Content\r\n\r\n".repeat(3)),
    UPGRADE_DECLINED(WEBSOCKET, "HTTP/1.1 426 No\r\nContent-Length: 5\r\n\r\nwhole"),
    HTTP2_WITHOUT_STREAM(PREFACE + SETTINGS, SETTINGS),
    HTTP2_STREAM_ENDED(
        PREFACE + SETTINGS + frame(1, END_HEADERS, 1, BLOCK) + frame(0, END_STREAM, 1, "x"),
        SETTINGS + frame(1, END_HEADERS, 1, "\u0088") + frame(0, END_STREAM, 1, "whole")),
    HTTP2_STREAM_CANCELLED(
        PREFACE + SETTINGS + frame(1, END_HEADERS, 1, BLOCK) + frame(3, 0, 1, "\0\0\0\u0008"),
        SETTINGS);

    private final String asked;
    private final String answer;

    Whole(String asked, String answer) {
      this.asked = asked;
      this.answer = answer;
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsOutstanding_bothSidesSeeACleanEndAtOnce(Whole whole) throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      ask(client, served, whole.asked);
      send(served, whole.answer);
      assertThat(read(client, whole.answer.length())).isEqualTo(whole.answer);

      endAtRest();

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertEndsCleanly(served);
    }
    assertNothingOpen();
  }

  @ParameterizedTest
  @EnumSource
  void answerOutstandingWhenAsked_endsOnceItIsWhole(Whole whole) throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      ask(client, served, whole.asked);
      endAtRest();

      send(served, whole.answer);

      assertThat(text(client.getInputStream())).isEqualTo(whole.answer);
      assertEndsCleanly(served);
    }
    assertNothingOpen();
  }

  /// The server speaks before the application does, as some servers of HTTP/2 do.
  @Test
  void http2_serverSpokeFirst_isFollowedFromItsFirstByte() throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      send(served, SETTINGS.substring(0, 4));
      assertThat(read(client, 4)).isEqualTo(SETTINGS.substring(0, 4));
      send(served, SETTINGS.substring(4));
      assertThat(read(client, 5)).isEqualTo(SETTINGS.substring(4));
      ask(client, served, PREFACE + SETTINGS + frame(1, END_HEADERS | END_STREAM, 1, BLOCK));
      endAtRest();

      String answer = frame(1, END_HEADERS | END_STREAM, 1, "\u0088");
      send(served, answer);

      assertThat(text(client.getInputStream())).isEqualTo(answer);
    }
    assertNothingOpen();
  }

  @Test
  void nobodyHasSpoken_isNotKnownToBeAtRest() throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      endAtRest();
      send(served, "220 ready\r\n");
      assertThat(read(client, 11)).isEqualTo("220 ready\r\n");
      Connections.endNow(List.of(connections));
      assertIsReset(client);
    }
  }

  /// The server waits for the client, whose answer is partly here.
  @Test
  void slowClient_serverStillSends_wholeAnswerArrives() throws Exception {
    byte[] body = new byte[16 << 20];
    String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n";
    try (Socket client = dial();
        Socket served = path.accept()) {
      ask(client, served, GET);
      Future<?> sending =
          threads.submit(
              () -> {
                send(served, head);
                served.getOutputStream().write(body);
                return null;
              });
      assertThat(read(client, head.length())).isEqualTo(head);
      for (int i = 0; i < 3; i++) {
        endAtRest();
        pass(Duration.ofMillis(300));
      }
      assertThat(sending).isNotDone();

      assertThat(client.getInputStream().readAllBytes()).hasSize(body.length);
      sending.get();
    }
    assertNothingOpen();
  }

  /// The server is done; the client reads the end of the answer seconds later.
  @Test
  void slowClient_endOfTheAnswerWaitsHere_itArrivesWhole() throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      long sent = sendUntilAllIsHere(client, served);

      endAtRest();
      pass(LINGERED);

      assertThat(text(client.getInputStream())).hasSize((int) sent).endsWith("\r\n0\r\n\r\n");
    }
    assertNothingOpen();
  }

  @Test
  void slowClient_timeIsUp_itSeesAReset() throws Exception {
    try (Socket client = dial();
        Socket served = path.accept()) {
      sendUntilAllIsHere(client, served);
      endAtRest();

      Connections.endNow(List.of(connections));

      assertIsReset(client);
    }
    assertNothingOpen();
  }

  /// The answer until the server's end is whole, and on its way through the kernel.
  @Test
  void serverHasEnded_timeIsUp_whatTheKernelHasStillArrives() throws Exception {
    String answer = "HTTP/1.0 200 OK\r\n\r\n" + "x".repeat(10_000);
    try (Socket client = dial();
        Socket served = path.accept()) {
      ask(client, served, GET);
      send(served, answer);
      served.shutdownOutput();
      assertThat(read(client, 10)).isEqualTo(answer.substring(0, 10));
      await().until(() -> client.getInputStream().available() == answer.length() - 10);
      pass(Duration.ofMillis(100));

      Connections.endNow(List.of(connections));

      assertThat(text(client.getInputStream())).isEqualTo(answer.substring(10));
    }
  }

  /// Chunks until the client's window and our buffers are full; then the client makes just enough
  /// room for the last one.
  ///
  /// @return bytes that the client has not read yet
  private long sendUntilAllIsHere(Socket client, Socket served) throws Exception {
    ask(client, served, GET);
    send(served, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
    AtomicLong sent = new AtomicLong();
    AtomicLong last = new AtomicLong(System.nanoTime());
    AtomicBoolean full = new AtomicBoolean();
    Future<?> sending =
        threads.submit(
            () -> {
              while (!full.get()) {
                send(served, chunk);
                sent.addAndGet(chunk.length());
                last.set(System.nanoTime());
              }
              send(served, "0\r\n\r\n");
              return null;
            });
    await()
        .pollInterval(Duration.ofMillis(10))
        .until(() -> System.nanoTime() - last.get() > Duration.ofMillis(300).toNanos());
    full.set(true);
    long read = 0;
    while (!sending.isDone()) {
      read += read(client, 0x4000).length();
      try {
        sending.get(100, TimeUnit.MILLISECONDS);
      } catch (TimeoutException waits) {
        assertThat(read).isLessThan(sent.get());
      }
    }
    pass(Duration.ofMillis(100));
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".length() + sent.get() + 5 - read;
  }

  private static void converse(Socket client, Socket served, Paused paused) throws IOException {
    ask(client, served, paused.asked);
    send(served, paused.first);
    assertThat(read(client, paused.first.length())).isEqualTo(paused.first);
  }

  /// Returns when the server has it, maybe not yet with all of its stamps.
  private static void ask(Socket client, Socket served, String request) throws IOException {
    send(client, request);
    assertThat(read(served, request.length())).hasSize(request.length());
  }

  private void endAtRest() throws Exception {
    Connections.endAtRest(connections);
    for (int turn = 0; turn < 3; turn++) {
      path.loops().next().submit(() -> {}).get();
    }
  }

  /// Time in which nothing may happen.
  private void pass(Duration time) throws Exception {
    path.loops().next().schedule(() -> {}, time.toMillis(), TimeUnit.MILLISECONDS).get();
  }

  private Socket dial() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(SMALL_BUFFER);
    return path.dial(socket);
  }

  private static String read(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), ISO_8859_1);
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), ISO_8859_1);
  }

  /// What came before it may still be read.
  private static void assertIsReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
        .isInstanceOf(SocketException.class);
  }

  private static void assertEndsCleanly(Socket socket) {
    assertThatCode(() -> socket.getInputStream().readAllBytes()).doesNotThrowAnyException();
  }

  private void assertNothingOpen() {
    await().untilAsserted(() -> assertThat(connections.size()).isZero());
  }

  private static String frame(int type, int flags, int stream, String payload) {
    return new String(
            new char[] {
              0,
              (char) (payload.length() >> 8),
              (char) (payload.length() & 0xff),
              (char) type,
              (char) flags,
              0,
              0,
              0,
              (char) stream
            })
        + payload;
  }
}
