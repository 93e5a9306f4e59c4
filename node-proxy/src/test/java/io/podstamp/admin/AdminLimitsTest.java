package io.podstamp.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What clients may take of the server, in a JVM of its own: the limits are read once in a JVM, and
/// its heap is to be seen.
@Timeout(180)
@SuppressWarnings("NullAway.Init")
class AdminLimitsTest {
  private static final int HALF_SENT = 2_000;
  private static final Duration LIMIT = Duration.ofSeconds(60); // on a busy machine
  private static final int READ_MILLIS = 20_000; // twice what the server gives itself
  private static final String SCRAPE =
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  private final List<SocketChannel> opened = new ArrayList<>();
  private Process process;
  private InetSocketAddress address;

  /// The server, with a heap of an eighth of the agent's. It ends with its input.
  static final class Served {
    private Served() {}

    public static void main(String[] arguments) throws IOException {
      HttpLimits.set(HttpLimits.ADMIN_CONNECTIONS);
      try (AdminServer server =
          AdminServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .page("/metrics", () -> AdminServer.Answer.text(200, "a_metric 1"))
              .start()) {
        System.out.println(server.address().getPort());
        int end = System.in.read();
        assertThat(end).isNegative();
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+DisplayVMOutputToStderr", // why it ended
                "-cp",
                System.getProperty("java.class.path"),
                Served.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out = process.inputReader(StandardCharsets.US_ASCII);
    address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(out.readLine()));
  }

  @AfterEach
  void end() throws IOException {
    for (SocketChannel channel : opened) {
      channel.close();
    }
    process.destroyForcibly();
  }

  @Test
  void manyHalfSentRequests_areDropped_andAScrapeIsAnswered() throws IOException {
    for (int i = 0; i < HALF_SENT; i++) {
      send("GET /metrics HTTP/1.1\r\nHost: local");
    }
    await()
        .atMost(LIMIT)
        .failFast("the server ended", () -> !process.isAlive())
        .until(() -> answer(SCRAPE).endsWith("a_metric 1\n"));
    for (SocketChannel channel : opened) {
      awaitDropped(channel);
    }
    assertThat(answer(SCRAPE)).startsWith("HTTP/1.1 200 ");
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void clientThatSaysNothing_isDropped() throws IOException {
    awaitDropped(send(""));
  }

  @Test
  void headersWithoutEnd_areDropped() throws IOException {
    SocketChannel channel = send("GET /metrics HTTP/1.1\r\n");
    byte[] line = ("X-A: " + "a".repeat(1000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    try {
      for (int i = 0; i < 100_000; i++) {
        channel.write(ByteBuffer.wrap(line));
      }
      awaitDropped(channel);
    } catch (IOException dropped) {
      assertThat(dropped).hasMessageMatching("Broken pipe|Connection reset.*");
    }
    assertThat(answer(SCRAPE)).startsWith("HTTP/1.1 200 ");
  }

  private SocketChannel send(String text) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.connect(address);
    opened.add(channel);
    try {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (SocketException full) {
      // Closed at once: there were as many already as may be.
    }
    return channel;
  }

  private static void awaitDropped(SocketChannel channel) throws IOException {
    channel.socket().setSoTimeout((int) LIMIT.toMillis());
    try {
      int read = channel.socket().getInputStream().readAllBytes().length;
      assertThat(read).isLessThan(200); // nothing, or that it is no good request
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  private String answer(String request) {
    try (Socket socket = new Socket()) {
      socket.connect(address, READ_MILLIS);
      socket.setSoTimeout(READ_MILLIS);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
