package io.podstamp.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // ports are given up in the middle of a story
class AdminPortsTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @Test
  void start_portTaken_namesItsHolderAndServesItOnceItIsFree() throws IOException {
    ServerSocket other = new ServerSocket(0, 1, LOOPBACK);
    try (AdminPorts ports = new AdminPorts()) {
      InetSocketAddress taken = new InetSocketAddress(LOOPBACK, other.getLocalPort());
      ports
          .add("admin", taken, AdminPortsTest::pages)
          .add("metrics", new InetSocketAddress(LOOPBACK, 0), AdminPortsTest::pages)
          .start();

      assertThat(ports.isBound("admin")).isFalse();
      assertThat(ports.isBound("metrics")).isTrue();
      assertThat(ports.problems())
          .singleElement()
          .asString()
          .isEqualTo(
              "admin: 127.0.0.1:%d is taken (by java, process %d)"
                  .formatted(other.getLocalPort(), ProcessHandle.current().pid()));

      other.close();
      await().atMost(Duration.ofSeconds(60)).until(() -> ports.isBound("admin"));
      assertThat(ports.problems()).isEmpty();
      assertThat(answer(taken)).startsWith("HTTP/1.1 200 ").endsWith("here\n");
    } finally {
      other.close();
    }
  }

  @Test
  void close_givesPortsUp_thoseThatWereNeverBoundToo() throws IOException {
    InetSocketAddress taken;
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      taken = new InetSocketAddress(LOOPBACK, other.getLocalPort());
      new AdminPorts().add("admin", taken, AdminPortsTest::pages).start().close();
    }
    try (AdminPorts next = new AdminPorts().add("admin", taken, AdminPortsTest::pages).start()) {
      assertThat(next.isBound("admin")).isTrue();
    }
    try (ServerSocket free = new ServerSocket()) {
      free.bind(taken);
      assertThat(free.isBound()).isTrue();
    }
  }

  @Test
  void start_addressThatIsNotHere_isSaid() {
    try (AdminPorts ports =
        new AdminPorts()
            .add(
                "metrics",
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 15912),
                AdminPortsTest::pages)
            .start()) {
      assertThat(ports.problems())
          .singleElement()
          .asString()
          .startsWith("metrics: 192.0.2.1:15912 cannot be bound (maybe it is taken): ");
    }
  }

  private static AdminServer pages(AdminServer server) {
    return server.page("/x", () -> AdminServer.Answer.text(200, "here"));
  }

  private static String answer(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
