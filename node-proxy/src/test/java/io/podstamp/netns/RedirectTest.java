package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Destinations;
import io.podstamp.nftables.Table;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedirectTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Doorway doorway = new Doorway();
  private TestNetns pod;
  private Netns netns;
  private Lease lease;
  private Redirect redirect;

  @BeforeEach
  void bringRules() throws IOException {
    pod = new TestNetns();
    netns = Netns.openPod(pod.path());
    lease = PodSockets.lease(doorway, netns, Tenant.AGENT);
    redirect = new Redirect(lease);
    assertThat(redirect.bring(rules(80), MINUTE)).isTrue();
  }

  @AfterEach
  void close() throws IOException {
    lease.close();
    netns.close();
    pod.close();
    doorway.close();
  }

  @Test
  void bring_sameRules_writesNothing_otherRules_writes() throws IOException {
    assertThat(redirect.bring(rules(80), MINUTE)).isFalse();
    assertThat(redirect.bring(rules(81), MINUTE)).isTrue();
    redirect.distrust();
    assertThat(redirect.bring(rules(81), MINUTE)).isTrue();
  }

  /// The renewals are ours, the other table is nobody's business.
  @Test
  void difference_othersRulesChanged_isNone() throws IOException {
    lease.renew(MINUTE);
    assertThat(redirect.difference()).isNull();
    pod.exec("nft", "add", "table", "ip", "somebodys");
    assertThat(redirect.difference()).isNull();
    lease.renew(MINUTE);
    assertThat(redirect.difference()).isNull();
  }

  @Test
  void difference_changedOrFlushed_saysWhich_whateverWasSeenBefore() throws IOException {
    assertThat(redirect.difference()).isNull();
    pod.exec("nft", "add", "element", "inet", "podstamp", "ports", "{ 443 }");
    assertThat(redirect.difference()).isEqualTo("the redirect rules were changed");
    assertThat(redirect.difference()).isEqualTo("the redirect rules were changed");
    pod.exec("nft", "flush", "ruleset");
    assertThat(redirect.difference()).startsWith("the redirect rules are gone");
    assertThat(redirect.difference()).startsWith("the redirect rules are gone");
  }

  /// It is redirected once, by the rules of then; to rewrite them is one transaction.
  @Test
  void replaced_liveConnection_goesOn() throws IOException {
    Table redirecting = rules(80).tableOnLoopback(MINUTE);
    lease.nftables().replace(redirecting);
    try (ServerSocketChannel listener = doorway.inside(netns, ServerSocketChannel::open);
        SocketChannel client = doorway.inside(netns, SocketChannel::open)) {
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 15901));
      client.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), 80));
      try (SocketChannel accepted = listener.accept()) {
        for (int i = 0; i < 50; i++) {
          lease
              .nftables()
              .replace(i % 2 == 0 ? rules(81).table(Tenant.AGENT, Duration.ZERO) : redirecting);
          passes(client, accepted);
          passes(accepted, client);
        }
      }
    }
  }

  private static void passes(SocketChannel from, SocketChannel to) throws IOException {
    from.write(ByteBuffer.wrap(new byte[] {7}));
    assertThat(to.read(ByteBuffer.allocate(8))).isEqualTo(1);
  }

  private static RedirectRules rules(int port) {
    return new RedirectRules(
        new TreeSet<>(Set.of(port)), 15901, Set.of(Family.IPV4), Destinations.ALL, true, null);
  }
}
