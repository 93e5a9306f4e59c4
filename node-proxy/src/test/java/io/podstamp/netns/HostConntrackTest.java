package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections over the loopback of the test's own Node, which tracks them.
class HostConntrackTest {
  @BeforeEach
  void track() throws IOException {
    TestNetns.run("nft", "add", "table", "inet", "tracked");
    TestNetns.run("nft", "add chain inet tracked output { type filter hook output priority 0 ; }");
    TestNetns.run(
        "nft", "add", "rule", "inet", "tracked", "output", "ct", "state", "new", "accept");
  }

  @AfterEach
  void untrack() throws IOException {
    TestNetns.run("nft", "delete", "table", "inet", "tracked");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void sourceSeen_isWhomTheServerAnswers(String address) throws IOException {
    try (HostConntrack conntrack = HostConntrack.open();
        ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral(address))) {
      InetSocketAddress to = (InetSocketAddress) server.getLocalSocketAddress();
      for (int i = 0; i < 20; i++) {
        try (Socket client = new Socket(to.getAddress(), to.getPort())) {
          InetSocketAddress from = (InetSocketAddress) client.getLocalSocketAddress();
          assertThat(conntrack.sourceSeen(from, to)).isEqualTo(from);
        }
      }
    }
  }

  @Test
  void sourceSeen_unknownConnection_isNull() throws IOException {
    InetSocketAddress from = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1);
    InetSocketAddress to = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), 2);
    InetSocketAddress ofIpv6 = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 2);
    try (HostConntrack conntrack = HostConntrack.open()) {
      assertThat(conntrack.sourceSeen(from, to)).isNull();
      assertThat(conntrack.sourceSeen(from, ofIpv6)).isNull();
    }
  }
}
