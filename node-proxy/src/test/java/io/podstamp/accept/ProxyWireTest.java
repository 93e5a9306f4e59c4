package io.podstamp.accept;

import static io.podstamp.accept.LoopbackPath.WEB_0;
import static io.podstamp.accept.LoopbackPath.send;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigFile;
import io.podstamp.config.Profile;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.stamp.ProxyHeaders;
import io.podstamp.stamp.Stamp;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a server gets on connections that begin with a header of the PROXY protocol, on loopback
/// and without a redirect.
@Timeout(60)
class ProxyWireTest {
  private static final String V1 = "PROXY TCP4 9.9.9.9 8.8.8.8 1 2\r\n";
  private static final String V2 =
      "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000c\u0009\u0009\u0009\u0009\u0008\u0008\u0008\u0008abcd";
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n";
  private static final String STAMPED =
      "GET / HTTP/1.1\r\nX-Forwarded-For: 10.1.2.3\r\nX-Client-Hostname: web-0\r\nHost: a\r\n\r\n";

  private final NodeMetrics metrics = new NodeMetrics();
  private Profile profile = Profile.TRANSPARENT;
  private LoopbackPath path;
  private ProxyHeaders headers = ProxyHeaders.NONE;

  @BeforeEach
  void listen() throws IOException {
    path = new LoopbackPath(new ProxiedPod(), metrics);
    use("");
  }

  @AfterEach
  void close() throws IOException {
    path.close();
  }

  /// @param more members of the rule
  private void use(String more) {
    Config config =
        ConfigFile.parse(
            "c",
            "proxyProtocol: [{destinations: [127.0.0.0/8], ports: [%d]%s}]"
                .formatted(path.port(), more));
    headers = ProxyHeaders.render(config.proxyProtocol(), WEB_0);
  }

  private final class ProxiedPod implements CapturedPod {
    @Override
    public Stamp stamp() {
      return Stamp.render(Config.DEFAULT.headers(), WEB_0);
    }

    @Override
    public ProxyHeaders proxyHeaders() {
      return headers;
    }

    @Override
    public Profile profile() {
      return profile;
    }

    @Override
    public void accepted(Channel connection, InetAddress source) {}
  }

  /// @param source as the header tells it
  private record Header(String source, int destinationPort, Map<Integer, String> tlvs) {}

  /// One header, and nothing of what follows it.
  private static Header read(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    assertThat(new String(data.readNBytes(14), ISO_8859_1))
        .isEqualTo("\r\n\r\n\0\r\nQUIT\n!\u0011");
    int length = data.readUnsignedShort() - 12;
    String source = InetAddress.getByAddress(data.readNBytes(4)).getHostAddress();
    data.readNBytes(4);
    source += ":" + data.readUnsignedShort();
    int destination = data.readUnsignedShort();
    Map<Integer, String> tlvs = new java.util.TreeMap<>();
    while (length > 0) {
      int type = data.readUnsignedByte();
      byte[] value = data.readNBytes(data.readUnsignedShort());
      tlvs.put(type, new String(value, UTF_8));
      length -= 3 + value.length;
    }
    return new Header(source, destination, tlvs);
  }

  private static String rest(Socket from) throws IOException {
    return new String(from.getInputStream().readAllBytes(), ISO_8859_1);
  }

  private long counted(String outcome) {
    try {
      String page = new String(metrics.exposition().page("text/plain").content(), UTF_8);
      String line = "podstamp_proxy_headers_total{outcome=\"" + outcome + "\"} ";
      int at = page.indexOf(line) + line.length();
      return (long) Double.parseDouble(page.substring(at, page.indexOf('\n', at)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void header_tellsTheApplicationsOwnAddressAndThePod() throws IOException {
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      Header header = read(served.getInputStream());
      assertThat(header.source()).isEqualTo("127.0.0.1:" + client.getLocalPort());
      assertThat(header.destinationPort()).isEqualTo(path.port());
      assertThat(header.tlvs().get(0xE1)).isEqualTo("shop/web-0");
      assertThat(header.tlvs().get(5)).hasSize(20);
      assertThat(header.tlvs()).doesNotContainKey(0xE2).containsEntry(0xE3, "n1");
    }
    assertThat(counted("sent")).isEqualTo(1);
  }

  @Test
  void serverFirst_headerComesBeforeAnybodySpeaks() throws IOException {
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      read(served.getInputStream());
      send(served, "220 ready\r\n");
      assertThat(client.getInputStream().readNBytes(11)).isEqualTo("220 ready\r\n".getBytes(UTF_8));
      send(client, "EHLO a\r\n");
      client.shutdownOutput();
      assertThat(rest(served)).isEqualTo("EHLO a\r\n");
    }
  }

  @Test
  void halfCloseWithoutData_headerAndThenTheEnd() throws IOException {
    try (Socket client = path.dial()) {
      client.shutdownOutput();
      try (Socket served = path.accept()) {
        read(served.getInputStream());
        assertThat(rest(served)).isEmpty();
        send(served, "bye");
        served.shutdownOutput();
        assertThat(rest(client)).isEqualTo("bye");
      }
    }
  }

  /// What the application sends, what of it the server gets behind our header, and how that counts.
  @ParameterizedTest
  @CsvSource({
    "set, STRICT, 0",
    "set, TRANSPARENT, 0",
    "set, TRANSPARENT, 1",
    "set, STRICT, 2",
    "pass, TRANSPARENT, 0"
  })
  void http_isStampedBehindTheHeader(String mode, Profile asked, int own) throws IOException {
    use(", mode: " + mode);
    profile = asked;
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, List.of("", V1, V2).get(own) + REQUEST);
      client.shutdownOutput();
      read(served.getInputStream());
      assertThat(rest(served)).isEqualTo(STAMPED);
    }
    assertThat(counted("sent")).isEqualTo(1);
    assertThat(counted("replaced")).isEqualTo(own == 0 ? 0 : 1);
    assertThat(counted("passed")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {V1, V2})
  void pass_applicationsOwn_isTheOnlyOne(String own) throws IOException {
    use(", mode: pass");
    // Its header is there when the connection is accepted: a busy machine is not too late.
    CompletableFuture<Void> mayAccept = new CompletableFuture<>();
    path.loops().next().execute(mayAccept::join);
    try (Socket client = path.dial()) {
      send(client, own + REQUEST);
      client.shutdownOutput();
      mayAccept.complete(null);
      try (Socket served = path.accept()) {
        assertThat(rest(served)).isEqualTo(own + STAMPED);
      }
    }
    assertThat(counted("passed")).isEqualTo(1);
    assertThat(counted("sent")).isZero();
  }

  /// The server may be the one who speaks first; an own header that comes later is one too many.
  @Test
  void pass_nothingComes_oursIsSentAndALateOneTakenOut() throws IOException {
    use(", mode: pass");
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      read(served.getInputStream());
      send(client, V2 + "\0late");
      client.shutdownOutput();
      assertThat(rest(served)).isEqualTo("\0late");
    }
    assertThat(counted("replaced")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {V1, V2})
  void set_ownHeaderInPieces_isTakenOutWhole(String own) throws IOException {
    for (int cut = 1; cut < own.length(); cut += 5) {
      try (Socket client = path.dial();
          Socket served = path.accept()) {
        client.setTcpNoDelay(true);
        read(served.getInputStream());
        send(client, own.substring(0, cut));
        long seen = metrics.openConnections();
        assertThat(seen).isPositive();
        send(client, own.substring(cut));
        send(client, "\0more");
        client.shutdownOutput();
        assertThat(rest(served)).as("cut at %d", cut).isEqualTo("\0more");
      }
    }
  }

  /// Nor does any that follows it reach the server, which may take one for another hop's.
  @Test
  void set_severalOwnHeaders_areAllTakenOut_andToldOnce() throws IOException {
    String all = V1 + V2 + V2 + V1;
    for (int cut : new int[] {0, V1.length(), V1.length() + 1, all.length() - 1, all.length()}) {
      try (Socket client = path.dial();
          Socket served = path.accept()) {
        client.setTcpNoDelay(true);
        read(served.getInputStream());
        send(client, all.substring(0, cut));
        send(client, all.substring(cut) + "P\0more");
        client.shutdownOutput();
        assertThat(rest(served)).as("cut at %d", cut).isEqualTo("P\0more");
      }
    }
    assertThat(counted("replaced")).isEqualTo(5);
  }

  /// What only begins like one: a peer that waits for an answer gets it, and nothing is lost.
  @ParameterizedTest
  @ValueSource(strings = {"P", "\r\n", "PROXY"})
  void set_whatBecomesNoHeader_goesOn(String bytes) throws IOException {
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      read(served.getInputStream());
      send(client, bytes);
      assertThat(new String(served.getInputStream().readNBytes(bytes.length()), UTF_8))
          .isEqualTo(bytes);
      send(client, "\0rest");
      client.shutdownOutput();
      assertThat(rest(served)).isEqualTo("\0rest");
    }
    assertThat(counted("replaced")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"P", "PROXY TCP4 1.1.1.1", "\r\n\r\n\0\r\nQUIT\n"})
  void set_endWithinAHeader_passesWhatCame(String bytes) throws IOException {
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      read(served.getInputStream());
      send(client, bytes);
      client.shutdownOutput();
      assertThat(rest(served)).isEqualTo(bytes);
    }
  }

  @Test
  void otherDestinations_getNone() throws IOException {
    headers =
        ProxyHeaders.render(
            ConfigFile.parse("c", "proxyProtocol: [{destinations: [127.0.0.0/8], ports: [1]}]")
                .proxyProtocol(),
            WEB_0);
    try (Socket client = path.dial();
        Socket served = path.accept()) {
      send(client, V1 + REQUEST);
      client.shutdownOutput();
      assertThat(rest(served)).isEqualTo(V1 + STAMPED);
    }
    assertThat(counted("sent")).isZero();
  }

  @Test
  void manyConnections_haveOneHeaderEachWithAnIdOfItsOwn() throws IOException {
    java.util.Set<String> ids = new java.util.HashSet<>();
    for (int i = 0; i < 200; i++) {
      try (Socket client = path.dial();
          Socket served = path.accept()) {
        send(client, "\0" + i);
        client.shutdownOutput();
        Header header = read(served.getInputStream());
        assertThat(header.source()).endsWith(":" + client.getLocalPort());
        assertThat(rest(served)).isEqualTo("\0" + i);
        ids.add(header.tlvs().get(5));
      }
    }
    assertThat(ids).hasSize(200);
    await().until(() -> metrics.openConnections() == 0);
  }
}
