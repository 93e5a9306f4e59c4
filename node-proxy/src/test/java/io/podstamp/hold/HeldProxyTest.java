package io.podstamp.hold;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.capture.TestAgent;
import io.podstamp.config.ConfigFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections of a captured Pod that begin with a header of the PROXY protocol, through real
/// rules.
class HeldProxyTest extends HeldPod {
  private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

  private void captureWith(String rules, String connect) throws Exception {
    agent.config = ConfigFile.parse("c", "proxyProtocol: " + rules);
    Map<String, String> annotations = new HashMap<>(TestAgent.ENABLED);
    annotations.put("podstamp.io/connect", connect);
    capture(annotations);
  }

  private static String head(Socket served, int length) throws IOException {
    served.setSoTimeout(20_000);
    return new String(served.getInputStream().readNBytes(length), ISO_8859_1);
  }

  /// Where the header says that the connection comes from.
  private static String source(Socket served, boolean isIpv4) throws IOException {
    served.setSoTimeout(20_000);
    InputStream in = served.getInputStream();
    String head = head(served, 16);
    assertThat(head).startsWith(SIGNATURE + (isIpv4 ? "!\u0011" : "!!"));
    int length = head.charAt(14) << 8 | head.charAt(15);
    byte[] rest = in.readNBytes(length);
    int size = isIpv4 ? 4 : 16;
    byte[] address = java.util.Arrays.copyOf(rest, size);
    int port = (rest[2 * size] & 0xff) << 8 | (rest[2 * size + 1] & 0xff);
    return InetAddress.getByAddress(address).getHostAddress() + " " + port;
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "early"})
  void listedDestinations_areCapturedOnTheirPorts_othersAreNot(String connect) throws Exception {
    captureWith("[{destinations: [%s, %s], ports: [443]}]".formatted(WORLD, WORLD6), connect);
    world.exec("ip", "addr", "add", "10.77.0.3/24", "dev", "eth0");
    for (String address : List.of(WORLD, WORLD6)) {
      try (ServerSocket server = listen(address, 443);
          Socket client = connect(address, 443, 20_000);
          Socket served = server.accept()) {
        boolean isIpv4 = address.equals(WORLD);
        assertThat(source(served, isIpv4))
            .isEqualTo(
                InetAddress.ofLiteral(isIpv4 ? POD : POD6).getHostAddress()
                    + " "
                    + client.getLocalPort());
        client.getOutputStream().write("\u0016hello".getBytes(ISO_8859_1));
        assertThat(head(served, 6)).isEqualTo("\u0016hello");
      }
    }
    for (List<Object> other :
        List.<List<Object>>of(List.of("10.77.0.3", 443), List.of(WORLD, 444))) {
      String address = (String) other.get(0);
      int port = (int) other.get(1);
      try (ServerSocket server = listen(address, port);
          Socket client = connect(address, port, 20_000);
          Socket served = server.accept()) {
        client.getOutputStream().write("hello".getBytes(ISO_8859_1));
        assertThat(head(served, 5)).isEqualTo("hello");
      }
    }
    assertThat(agent.metrics.openConnections()).isLessThanOrEqualTo(2);
  }

  @Test
  void connectionsAtOnce_eachTellsItsOwnPort() throws Exception {
    captureWith("[{destinations: [%s], ports: [443]}]".formatted(WORLD), "true");
    try (ServerSocket server = listen(WORLD, 443)) {
      Map<String, Socket> clients = new HashMap<>();
      for (int i = 0; i < 40; i++) {
        Socket client = connect(WORLD, 443, 20_000);
        clients.put(POD + " " + client.getLocalPort(), client);
      }
      for (int i = 0; i < 40; i++) {
        try (Socket served = server.accept()) {
          String source = source(served, true);
          Socket client = clients.remove(source);
          assertThat(client).as(source).isNotNull();
          served.getOutputStream().write(i);
          assertThat(client.getInputStream().read()).isEqualTo(i);
        }
      }
    }
  }

  /// Without the agent, transparent connections go direct, and those that are held wait.
  @Test
  void onMissing_leaseRevoked_holdStillSendsAHeader_openGoesDirect() throws Exception {
    captureWith(
        "[{destinations: [%s], ports: [443], onMissing: hold}, {destinations: [%s], ports: [25]}]"
            .formatted(WORLD, WORLD),
        "true");
    agent.reconciler.renewLeases(Duration.ZERO);
    try (ServerSocket open = listen(WORLD, 25);
        Socket client = connect(WORLD, 25, 20_000);
        Socket served = open.accept()) {
      client.getOutputStream().write("EHLO ".getBytes(ISO_8859_1));
      assertThat(head(served, 5)).isEqualTo("EHLO ");
    }
    try (ServerSocket hold = listen(WORLD, 443);
        Socket client = connect(WORLD, 443, 20_000);
        Socket served = hold.accept()) {
      assertThat(source(served, true)).isEqualTo(POD + " " + client.getLocalPort());
    }
  }

  @Test
  void onMissing_hold_nothingPassesWithoutOurMark() throws Exception {
    captureWith("[{destinations: [%s], ports: [443], onMissing: hold}]".formatted(WORLD), "true");
    try (ServerSocket server = listen(WORLD, 443)) {
      // What the agent's queue lets past when its event loops hang, and what finds no queue.
      Runnable goOn = agent.hang();
      try {
        assertThatThrownBy(
                () -> {
                  Thread passes = Thread.ofVirtual().start(this::passAllWhenQueued);
                  try {
                    connect(WORLD, 443, 2_500);
                  } finally {
                    passes.join();
                  }
                })
            .isInstanceOf(SocketTimeoutException.class);
      } finally {
        goOn.run();
      }
      try (Socket client = connect(WORLD, 443, 20_000)) {
        assertThat(client.isConnected()).isTrue();
        server.setSoTimeout(20_000);
        try (Socket served = server.accept()) {
          // The one that was given up never came through: this is the later one.
          assertThat(source(served, true)).isEqualTo(POD + " " + client.getLocalPort());
        }
      }
    }
  }

  private void passAllWhenQueued() {
    try {
      await(() -> queued() > 0);
      agent.reconciler.renewLeases(Duration.ZERO);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
