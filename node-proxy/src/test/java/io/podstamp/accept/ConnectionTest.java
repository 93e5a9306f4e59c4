package io.podstamp.accept;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.ListenPorts;
import io.podstamp.config.Profile;
import io.podstamp.config.ValueTemplate;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.PodSockets;
import io.podstamp.pipeline.Leaving;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.EventLoops;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A connection through listener, stamper and relay on loopback, without a redirect: how bytes and
/// ends come through.
@Timeout(60)
class ConnectionTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int MEGABYTE = 1 << 20;
  private static final int SMALL_BUFFER = 64 << 10;

  private final NodeMetrics metrics = new NodeMetrics();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private final AtomicInteger largestRead = new AtomicInteger();
  private Profile profile = Profile.TRANSPARENT;
  private String hostname = "{pod.hostname}";
  private EventLoopGroup loops;
  private ServerSocket server;
  private PodListener listener;

  @BeforeEach
  void listen() throws IOException {
    loops = EventLoops.start(1);
    server = new ServerSocket();
    server.setReceiveBufferSize(SMALL_BUFFER);
    server.bind(new InetSocketAddress(LOOPBACK, 0));
    listener = listenerTo(new InetSocketAddress(LOOPBACK, server.getLocalPort()));
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
    server.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    threads.shutdownNow();
  }

  private PodListener listenerTo(InetSocketAddress destination) throws IOException {
    ConnectionInitializer connections =
        new ConnectionInitializer(
            new AnyPod(),
            accepted -> new OriginalDestination(destination),
            new Dialer(towards -> remembered(new EpollSocketChannel()), 0),
            metrics.meter());
    return PodListener.start(
        loops,
        ListeningSockets.open(PodSockets::bareHere, 0),
        AcceptGate.of(Capacity.unlimited()),
        connections);
  }

  private <C extends Channel> C remembered(C channel) {
    channels.add(channel);
    return channel;
  }

  private final class AnyPod implements CapturedPod {

    @Override
    public Stamp stamp() {
      return Stamp.render(
          List.of(
              new HeaderRule("X-Client-Hostname", ValueTemplate.parse(hostname), HeaderMode.SET)),
          new PodIdentity(
              new PodRef("shop", "web-0", "u1"),
              List.of(LOOPBACK),
              "web-0",
              null,
              Map.of(),
              Map.of(),
              null,
              new PodIdentity.Node("n1", null)));
    }

    @Override
    public Profile profile() {
      return profile;
    }

    @Override
    public void accepted(Channel connection, InetAddress source) {
      assertThat(source).isEqualTo(LOOPBACK);
      remembered(connection).pipeline().addLast(new LargestRead());
    }
  }

  /// The first to see what is read of the application.
  private final class LargestRead extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      largestRead.accumulateAndGet(((ByteBuf) msg).readableBytes(), Math::max);
      ctx.fireChannelRead(msg);
    }
  }

  private Socket dial() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(SMALL_BUFFER);
    socket.connect(new InetSocketAddress(LOOPBACK, listener.port()));
    socket.setSoTimeout(20_000);
    return socket;
  }

  private Socket accept() throws IOException {
    Socket socket = server.accept();
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Test
  void serverFirst_banner_arrivesBeforeTheClientSpeaks() throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      served.getOutputStream().write("220 ready\r\n".getBytes(US_ASCII));
      assertThat(client.getInputStream().readNBytes(11))
          .isEqualTo("220 ready\r\n".getBytes(US_ASCII));
    }
  }

  @Test
  void clientHalfCloses_serverAnswersAfterwards_wholeAnswerArrives() throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      client.getOutputStream().write("\0question".getBytes(US_ASCII));
      client.shutdownOutput();
      assertThat(served.getInputStream().readAllBytes()).isEqualTo("\0question".getBytes(US_ASCII));
      served.getOutputStream().write("answer".getBytes(US_ASCII));
      served.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes()).isEqualTo("answer".getBytes(US_ASCII));
    }
    assertNothingOpen();
  }

  @Test
  void serverHalfCloses_clientSendsOn_serverGetsAll() throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      served.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.getOutputStream().write("\0late".getBytes(US_ASCII));
      client.shutdownOutput();
      assertThat(served.getInputStream().readAllBytes()).isEqualTo("\0late".getBytes(US_ASCII));
    }
    assertNothingOpen();
  }

  /// What was held for the rest of a head goes on at the end of input, though that closes the
  /// channel at once here.
  @ParameterizedTest
  @ValueSource(strings = {"GET / HT", "GET / HTTP/1.1\r\nHost: a"})
  void serverHalfCloses_clientEndsWithinAHead_serverGetsAll(String head) throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      served.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.getOutputStream().write(head.getBytes(US_ASCII));
      client.shutdownOutput();
      assertThat(served.getInputStream().readAllBytes()).isEqualTo(head.getBytes(US_ASCII));
    }
    assertNothingOpen();
  }

  @Test
  void serverHalfCloses_clientResets_serverSeesReset() throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      served.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.getOutputStream().write("\0half".getBytes(US_ASCII));
      assertThat(served.getInputStream().readNBytes(5)).hasSize(5);
      reset(client);
      assertThatThrownBy(() -> served.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertNothingOpen();
  }

  /// The next request is in the kernel when nothing is outstanding.
  @Test
  void agentLeaves_requestCrossesTheEnd_clientSeesNoReset() throws Exception {
    byte[] answer = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(US_ASCII);
    try (Socket client = dial();
        Socket served = accept()) {
      client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
      assertThat(served.getInputStream().read()).isEqualTo('G');
      served.getOutputStream().write(answer);
      assertThat(client.getInputStream().readNBytes(answer.length)).isEqualTo(answer);
      ChannelPipeline accepted =
          channels.stream().filter(c -> c.parent() != null).findFirst().orElseThrow().pipeline();
      accepted
          .channel()
          .eventLoop()
          .submit(
              () -> {
                client.getOutputStream().write("GET /late HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
                accepted.fireUserEventTriggered(Leaving.WHEN_AT_REST);
                return null;
              })
          .get();
      assertThat(new String(served.getInputStream().readAllBytes(), US_ASCII))
          .endsWith("\r\n\r\n")
          .doesNotContain("late");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
    assertNothingOpen();
  }

  @Test
  void clientResets_serverSeesReset() throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      client.getOutputStream().write("\0half".getBytes(US_ASCII));
      assertThat(served.getInputStream().readNBytes(5)).hasSize(5);
      reset(client);
      assertThatThrownBy(() -> served.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertNothingOpen();
  }

  @Test
  void serverResets_clientSeesResetNotTheEndOfAMessage() throws IOException {
    try (Socket client = dial();
        Socket served = accept()) {
      served.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\nhal".getBytes(US_ASCII));
      assertThat(client.getInputStream().readNBytes(22)).hasSize(22);
      reset(served);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertNothingOpen();
  }

  @Test
  void refusedDestination_clientSeesResetBeforeAnyByte() throws IOException {
    int port = server.getLocalPort();
    server.close();
    try (Socket client = new Socket(LOOPBACK, listener.port())) {
      client.setSoTimeout(20_000);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertThat(port).isPositive();
    assertNothingOpen();
  }

  @Test
  void refusedDestination_isCountedOnce_thoughBytesWaitForIt() throws IOException {
    server.close();
    for (int i = 1; i <= 20; i++) {
      try (Socket client = dial()) {
        client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
        assertThatThrownBy(() -> client.getInputStream().read())
            .isInstanceOf(SocketException.class);
      } catch (SocketException alreadyReset) {
        // That is as good.
      }
      int failures = i;
      await().untilAsserted(() -> assertThat(metrics.dialFailures()).isEqualTo(failures));
    }
    assertNothingOpen();
  }

  @Test
  void urgentByte_staysInTheStream() throws IOException {
    for (boolean up : List.of(true, false)) {
      try (Socket client = dial();
          Socket served = accept()) {
        Socket from = up ? client : served;
        from.getOutputStream().write("\0ABO".getBytes(US_ASCII));
        from.sendUrgentData('R');
        from.getOutputStream().write('\n');
        Socket to = up ? served : client;
        assertThat(to.getInputStream().readNBytes(6)).isEqualTo("\0ABOR\n".getBytes(US_ASCII));
      }
    }
  }

  @Test
  void connectionToTheListenerItself_isClosedWithoutDialling() throws IOException {
    listener.close();
    listener = listenerTo(new InetSocketAddress(LOOPBACK, ListenPorts.ALL.getFirst()));
    try (Socket client = dial()) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
    assertNothingOpen();
  }

  @Test
  void largeStreamsBothWaysAtOnce_arriveUnchanged() throws Exception {
    try (Socket client = dial();
        Socket served = accept()) {
      Future<byte[]> up = threads.submit(digestOf(served.getInputStream()));
      Future<byte[]> down = threads.submit(digestOf(client.getInputStream()));
      Future<byte[]> sentUp = threads.submit(send(client, 64 * MEGABYTE, 1, new AtomicLong()));
      Future<byte[]> sentDown = threads.submit(send(served, 64 * MEGABYTE, 2, new AtomicLong()));
      assertThat(up.get()).isEqualTo(sentUp.get());
      assertThat(down.get()).isEqualTo(sentDown.get());
    }
    assertNothingOpen();
  }

  @Test
  void slowReader_senderIsHeldBack_andNothingIsLost() throws Exception {
    try (Socket client = dial();
        Socket served = accept()) {
      Future<byte[]> sent = sendUntilHeldBack(served);
      assertThat(digestOf(client.getInputStream()).call()).isEqualTo(sent.get());
    }
    assertNothingOpen();
  }

  /// The sender's FIN must not make us read all that the kernel holds of its bytes.
  @Test
  void slowReader_senderIsThroughAlready_littleIsBuffered() throws Exception {
    for (boolean up : List.of(true, false)) {
      channels.clear();
      try (Socket client = dial();
          Socket served = accept()) {
        Future<byte[]> sent =
            threads.submit(send(up ? client : served, 32 * MEGABYTE, 4, new AtomicLong()));
        InputStream in = (up ? served : client).getInputStream();
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] bytes = new byte[20_000];
        await().atMost(Duration.ofMinutes(1)).until(() -> bufferedBytes() > 0);
        long most = bufferedBytes();
        for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
          digest.update(bytes, 0, read);
          most = Math.max(most, bufferedBytes());
        }
        assertThat(digest.digest()).isEqualTo(sent.get());
        assertThat(most).isLessThanOrEqualTo(128L << 10);
      }
    }
    assertNothingOpen();
  }

  /// A body is read in large pieces, but only while the server takes them.
  @Test
  void serverSlowerThanTheClient_longBody_littleIsBuffered() throws Exception {
    int length = 64 * MEGABYTE;
    try (Socket client = dial();
        Socket served = accept()) {
      client.getOutputStream().write(put(length));
      Future<byte[]> sent = threads.submit(send(client, length, 5, new AtomicLong()));
      InputStream in = served.getInputStream();
      readHead(in);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] bytes = new byte[20_000];
      for (int left = length / 2; left > 0; ) {
        int read = in.read(bytes, 0, Math.min(bytes.length, left));
        digest.update(bytes, 0, read);
        left -= read;
      }
      await().atMost(Duration.ofMinutes(1)).until(() -> bufferedBytes() > 0);
      long most = bufferedBytes();
      for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
        digest.update(bytes, 0, read);
        most = Math.max(most, bufferedBytes());
      }
      assertThat(digest.digest()).isEqualTo(sent.get());
      assertThat(most).isLessThanOrEqualTo(128L << 10);
      assertThat(largestRead.get()).isBetween(64 << 10 | 1, 512 << 10);
    }
    assertNothingOpen();
  }

  /// A stage might have to hold what is left of such a read. Here they come after a body.
  @Test
  void pipelinedRequests_areNotReadInLargePieces() throws Exception {
    int length = 16 * MEGABYTE;
    try (Socket client = dial();
        Socket served = accept()) {
      InputStream in = served.getInputStream();
      Future<?> body =
          threads.submit(
              () -> {
                client.getOutputStream().write(put(length));
                client.getOutputStream().write(new byte[length]);
                return null;
              });
      readHead(in);
      in.skipNBytes(length);
      body.get();
      assertThat(largestRead.getAndSet(0)).isGreaterThan(64 << 10);

      Future<?> heads =
          threads.submit(
              () -> {
                client
                    .getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".repeat(50_000).getBytes(US_ASCII));
                client.shutdownOutput();
                return null;
              });
      in.transferTo(OutputStream.nullOutputStream());
      heads.get();
      assertThat(largestRead.get()).isBetween(1, 64 << 10);
    }
    assertNothingOpen();
  }

  private static byte[] put(int length) {
    return "PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n".formatted(length).getBytes(US_ASCII);
  }

  /// Stamps make small requests many times as long.
  @Test
  void serverThatReadsNothing_pipelinedRequests_littleIsBuffered() throws Exception {
    hostname = "n".repeat(300);
    byte[] requests = "GET / HTTP/1.1\r\n\r\n".repeat(40_000).getBytes(US_ASCII);
    try (Socket client = dial();
        Socket served = accept()) {
      Future<?> sent =
          threads.submit(
              () -> {
                client.getOutputStream().write(requests);
                client.shutdownOutput();
                return null;
              });
      await().atMost(Duration.ofMinutes(1)).until(() -> bufferedBytes() > 0);
      long most = bufferedBytes();
      String stamped = "GET / HTTP/1.1\r\nX-Client-Hostname: " + hostname + "\r\n\r\n";
      InputStream in = served.getInputStream();
      for (int i = 0; i < 40_000; i += 100) {
        assertThat(in.readNBytes(stamped.length() * 100))
            .isEqualTo(stamped.repeat(100).getBytes(US_ASCII));
        most = Math.max(most, bufferedBytes());
      }
      assertThat(in.read()).isEqualTo(-1);
      sent.get();
      assertThat(most).isLessThanOrEqualTo(128L << 10);
    }
    assertNothingOpen();
  }

  /// The most that waits in this process for either side of any connection.
  private long bufferedBytes() {
    long most = 0;
    for (Channel channel : channels) {
      Future<Long> pending =
          channel
              .eventLoop()
              .submit(
                  () -> {
                    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
                    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
                  });
      most = Math.max(most, resultOf(pending));
    }
    return most;
  }

  private static long resultOf(Future<Long> future) {
    try {
      return future.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void applicationResets_whileWeDial_theDialIsCancelled() throws Exception {
    // A listener whose backlog is full answers no SYN: the dial lasts.
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK);
        Socket first = new Socket(LOOPBACK, full.getLocalPort());
        Socket second = new Socket(LOOPBACK, full.getLocalPort())) {
      listener.close();
      listener = listenerTo(new InetSocketAddress(LOOPBACK, full.getLocalPort()));
      try (Socket client = dial()) {
        await().until(() -> metrics.openConnections() == 1);
        assertThat(first.isConnected() && second.isConnected() && client.isConnected()).isTrue();
        client.setSoLinger(true, 0);
      }
      assertNothingOpen();
      await().until(() -> channels.stream().noneMatch(Channel::isOpen));
    }
  }

  /// As `nc -N` does with nothing on its standard input.
  @Test
  void applicationEndsItsInput_whileWeDial_itHearsTheServer() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK);
        Socket _ = new Socket(LOOPBACK, full.getLocalPort());
        Socket _ = new Socket(LOOPBACK, full.getLocalPort())) {
      listener.close();
      listener = listenerTo(new InetSocketAddress(LOOPBACK, full.getLocalPort()));
      try (Socket client = dial()) {
        await().until(() -> metrics.openConnections() == 1);
        client.shutdownOutput();
        full.accept().close();
        full.accept().close();
        try (Socket ours = full.accept()) {
          assertThat(ours.getInputStream().read()).isEqualTo(-1);
          ours.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("hello");
      }
    }
    assertNothingOpen();
  }

  @Test
  void strict_oddRequest_isAnswered_thoughMoreComesAfterIt() throws Exception {
    profile = Profile.STRICT;
    try (Socket client = dial();
        Socket served = accept()) {
      client.getOutputStream().write("GET /\r\n\r\n".getBytes(US_ASCII));
      client.getOutputStream().write(new byte[MEGABYTE]);
      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
          .startsWith("HTTP/1.1 400 Bad Request\r\nX-Podstamp-Refused: odd_start\r\n")
          .endsWith(
              "\r\n\r\npodstamp refused this request (odd_start): servers do not agree on how to read its"
                  + " first line. `podstamp explain` on the Pod's Node tells more.\n");
      assertThatThrownBy(() -> served.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertNothingOpen();
    await().until(() -> channels.stream().noneMatch(Channel::isOpen));
  }

  @Test
  void strict_oddRequest_clientThatNeverLeaves_isResetInTheEnd() throws Exception {
    profile = Profile.STRICT;
    try (Socket client = dial()) {
      client.getOutputStream().write("GET /\r\n\r\n".getBytes(US_ASCII));
      assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
      await().until(() -> channels.stream().noneMatch(Channel::isOpen));
    }
  }

  @Test
  void waitForASwitch_endsWithAResetOfEitherSide() throws Exception {
    String upgrade = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    for (boolean clientResets : List.of(true, false)) {
      try (Socket client = dial();
          Socket served = accept()) {
        client.getOutputStream().write((upgrade + "held").getBytes(US_ASCII));
        int stamp = "X-Client-Hostname: web-0\r\n".length();
        assertThat(served.getInputStream().readNBytes(upgrade.length() + stamp)).isNotEmpty();
        reset(clientResets ? client : served);
        Socket other = clientResets ? served : client;
        assertThatThrownBy(() -> other.getInputStream().read()).isInstanceOf(SocketException.class);
      }
      assertNothingOpen();
    }
  }

  /// Netty takes a half-closed channel out of epoll and forgets it; see EventLoops.
  @Test
  void slowReaderThatHalfClosed_longAnswer_arrivesWhole() throws Exception {
    try (Socket client = dial();
        Socket served = accept()) {
      client.getOutputStream().write(0);
      client.shutdownOutput();
      assertThat(served.getInputStream().readAllBytes()).hasSize(1);
      Future<byte[]> sent = sendUntilHeldBack(served);
      assertThat(digestOf(client.getInputStream()).call()).isEqualTo(sent.get());
    }
    assertNothingOpen();
  }

  /// Begins to send 64 MiB, and returns once nobody takes any more of it.
  private Future<byte[]> sendUntilHeldBack(Socket socket) {
    AtomicLong taken = new AtomicLong();
    Future<byte[]> sent = threads.submit(send(socket, 64 * MEGABYTE, 3, taken));
    AtomicLong before = new AtomicLong(-1);
    await()
        .pollInterval(Duration.ofMillis(300))
        .until(() -> before.getAndSet(taken.get()) == taken.get());
    assertThat(taken.get()).isBetween(1L, 40L * MEGABYTE);
    return sent;
  }

  private static void readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.read());
    }
  }

  private static Callable<byte[]> digestOf(InputStream in) {
    return () -> {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
      return digest.digest();
    };
  }

  /// Sends so many bytes that no HTTP parser takes for a request, then half-closes.
  private static Callable<byte[]> send(Socket socket, int length, int seed, AtomicLong taken) {
    return () -> {
      Random random = new Random(seed);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[64 << 10];
      for (int sent = 0; sent < length; sent += chunk.length) {
        random.nextBytes(chunk);
        if (sent == 0) {
          chunk[0] = 0;
        }
        digest.update(chunk);
        socket.getOutputStream().write(chunk);
        taken.addAndGet(chunk.length);
      }
      socket.shutdownOutput();
      return digest.digest();
    };
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private void assertNothingOpen() {
    await().untilAsserted(() -> assertThat(metrics.openConnections()).isZero());
  }
}
