package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.capture.TestAgent;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigFile;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What an application sets on its socket holds on the way to the server too.
class SocketOptionsTest extends HeldPod {
  /// `IPTOS_LOWDELAY` with the precedence of expedited forwarding: DSCP EF.
  private static final int EXPEDITED = 0xb8;

  private static final Map<String, String> EARLY =
      Map.of("podstamp.io/enabled", "true", "podstamp.io/connect", "early");

  static Stream<Arguments> waysAndFamilies() {
    return Stream.of(TestAgent.ENABLED, EARLY)
        .flatMap(way -> Stream.of(WORLD, WORLD6).map(address -> Arguments.of(way, address)));
  }

  /// The world's own rules say what came, from the SYN on: how many SYNs, and how many packets of
  /// other classes.
  @ParameterizedTest
  @MethodSource("waysAndFamilies")
  void dscp_isOnEachPacketFromTheSynOn(Map<String, String> way, String address) throws Exception {
    capture(way);
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook input priority 0; };"
            + " add rule inet f c tcp dport 80 tcp flags & (syn | ack) == syn ip dscp ef counter;"
            + " add rule inet f c tcp dport 80 tcp flags & (syn | ack) == syn ip6 dscp ef counter;"
            + " add rule inet f c tcp dport 80 ip dscp != ef counter;"
            + " add rule inet f c tcp dport 80 ip6 dscp != ef counter");
    try (Echo _ = serve(address)) {
      Socket socket = unconnected(address);
      socket.setTrafficClass(EXPEDITED);
      socket.connect(to(address), 30_000);
      assertThat(ask(socket)).contains("X-Client-Hostname: ");
    }
    boolean isIpv6 = address.equals(WORLD6);
    assertThat(counted()).isEqualTo(isIpv6 ? "0 1 0 0" : "1 0 0 0");
  }

  @Test
  void dscp_setOnceConnected_isFollowedWhenNothingMoves() throws Exception {
    capture(TestAgent.ENABLED);
    try (ServerSocket server = listen(WORLD);
        Socket socket = connect(WORLD, 30_000);
        Socket accepted = server.accept()) {
      socket.setTrafficClass(EXPEDITED);
      world.exec(
          "nft",
          "add table inet f; add chain inet f c { type filter hook input priority 0; };"
              + " add rule inet f c tcp dport 80 ip dscp ef counter");
      await(
          () -> {
            accepted.getOutputStream().write('.'); // it is acknowledged
            Thread.sleep(2_500); // nothing moves meanwhile
            return !counted().equals("0");
          });
    }
  }

  static Stream<Arguments> oneOfEach() {
    return Stream.of(Arguments.of(TestAgent.ENABLED, WORLD6), Arguments.of(EARLY, WORLD));
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void keepAlive_applicationHasIt_serverIsProbedAsOften(Map<String, String> way, String address)
      throws Exception {
    capture(way);
    try (ServerSocket server = listen(address)) {
      Socket socket = unconnected(address);
      socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
      socket.connect(to(address), 30_000);
      try (Socket _ = server.accept()) {
        await(() -> keepAliveMillis(address) > 0 && keepAliveMillis(address) <= 1_000);
        // An empty segment each: the world's rules count those that ask for the last byte again.
        world.exec(
            "nft",
            "add table inet f; add chain inet f c { type filter hook input priority 0; };"
                + " add rule inet f c tcp dport 80 counter");
        await(() -> Integer.parseInt(counted()) >= 2);
      }
    }
  }

  @Test
  void keepAlive_serverVanishes_applicationIsTold() throws Exception {
    pod.exec("sysctl", "-qw", "net.ipv4.tcp_keepalive_probes=2");
    capture(TestAgent.ENABLED);
    try (ServerSocket server = listen(WORLD)) {
      Socket socket = unconnected(WORLD);
      socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
      socket.connect(to(WORLD), 30_000);
      try (Socket _ = server.accept()) {
        world.exec("ip", "link", "set", "eth0", "down");
        socket.setSoTimeout(60_000);
        assertThat(failureOfRead(socket)).isEqualTo("Connection reset");
      }
    }
  }

  @Test
  void keepAlive_applicationHasNone_nothingIsProbedUnlessConfigured() throws Exception {
    capture(TestAgent.ENABLED);
    try (ServerSocket server = listen(WORLD);
        Socket first = connect(WORLD, 30_000);
        Socket _ = server.accept()) {
      assertThat(first.isConnected()).isTrue();
      assertThat(keepAliveMillis(WORLD)).isGreaterThan(3_600_000);
    }
    agent.config = ConfigFile.parse("c", "keepAlive: 60");
    assertThat(Config.DEFAULT.keepAliveSeconds()).isZero();
    try (ServerSocket server = listen(WORLD);
        Socket _ = connect(WORLD, 30_000);
        Socket _ = server.accept()) {
      await(() -> keepAliveMillis(WORLD) > 0 && keepAliveMillis(WORLD) <= 60_000);
    }
  }

  /// A packet may pass so many routers as its application says.
  @ParameterizedTest
  @MethodSource("oneOfEach")
  void hops_areThoseOfTheApplication(Map<String, String> way, String address) throws Exception {
    capture(way);
    world.exec(
        "nft",
        "add table inet f; add chain inet f c { type filter hook input priority 0; };"
            + " add rule inet f c tcp dport 80 ip ttl != 7 counter;"
            + " add rule inet f c tcp dport 80 ip6 hoplimit != 7 counter;"
            + " add rule inet f c tcp dport 80 ip ttl 7 counter;"
            + " add rule inet f c tcp dport 80 ip6 hoplimit 7 counter");
    boolean isIpv6 = address.equals(WORLD6);
    io.netty.channel.unix.Socket socket =
        opened(BareSocket.in(podNetns, isIpv6 ? Family.IPV6 : Family.IPV4)).socket();
    socket.setIntOpt(isIpv6 ? 41 : 0, isIpv6 ? 16 : 2, 7); // IPV6_UNICAST_HOPS, IP_TTL
    try (ServerSocket server = listen(address)) {
      assertThat(socket.connect(to(address))).isFalse();
      try (Socket _ = server.accept()) {
        assertThat(counted()).startsWith("0 0 ").isNotEqualTo("0 0 0 0");
      }
    }
  }

  /// The JDK has no option for hops.
  private record BareSocket(io.netty.channel.unix.Socket socket) implements AutoCloseable {
    static BareSocket in(Netns netns, Family family) throws IOException {
      return new BareSocket(PodSockets.bareUpstream(netns, family));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Socket unconnected(String address) throws IOException {
    boolean isIpv6 = InetAddress.ofLiteral(address) instanceof Inet6Address;
    return opened(
        agent.doorway.inside(
            podNetns,
            () -> {
              Socket socket = new Socket();
              socket.bind(new InetSocketAddress(InetAddress.ofLiteral(isIpv6 ? POD6 : POD), 0));
              return socket;
            }));
  }

  private static InetSocketAddress to(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 80);
  }

  private static String failureOfRead(Socket socket) {
    try {
      return "read " + socket.getInputStream().read();
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// What the world's counters have counted, in their order.
  private String counted() throws IOException {
    Matcher packets =
        Pattern.compile("counter packets (\\d+)").matcher(world.exec("nft", "list table inet f"));
    return String.join(" ", packets.results().map(found -> found.group(1)).toList());
  }

  /// Until our connection to the server is probed; 0 if it is not known.
  private long keepAliveMillis(String address) throws IOException {
    String sockets =
        pod.exec("ss", "-Htneo", "state", "established", "dst", "[" + address + "]", "dport", "80");
    Pattern timer = Pattern.compile("timer:\\(keepalive,(?:(\\d+)min)?([\\d.]+)?(ms|sec)?,");
    for (String line : sockets.lines().filter(l -> l.contains("fwmark:0x5053")).toList()) {
      Matcher found = timer.matcher(line);
      if (found.find()) {
        long minutes = found.group(1) == null ? 0 : Long.parseLong(found.group(1));
        double rest = found.group(2) == null ? 0 : Double.parseDouble(found.group(2));
        return minutes * 60_000 + Math.round("ms".equals(found.group(3)) ? rest : rest * 1_000);
      }
    }
    return 0;
  }
}
