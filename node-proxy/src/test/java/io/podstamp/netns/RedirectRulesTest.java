package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.config.Cidr;
import io.podstamp.config.Destinations;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RedirectRulesTest {
  private static final Duration LASTING = Duration.ofSeconds(15);
  private static final SortedSet<Integer> PORTS = new TreeSet<>(Set.of(80, 8080));
  private static final Destinations SOME =
      new Destinations(
          Destinations.Scope.OUTSIDE,
          List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/16")),
          List.of(Cidr.parse("192.0.2.0/24")),
          List.of(Cidr.parse("192.0.2.7")));

  @Test
  void transaction_leased_redirectsOnlyWhileTheLeaseLives() {
    assertThat(rules(Destinations.ALL, Set.of(Family.IPV4, Family.IPV6), true).transaction(LASTING))
        .startsWith("add table inet podstamp\ndelete table inet podstamp\n")
        .contains("elements = { tcp timeout 15s }")
        .contains(
            "meta nfproto ipv4 meta l4proto @lease tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports redirect to :15901")
        .contains("meta nfproto ipv6 meta l4proto @lease");
  }

  @Test
  void transaction_strict_needsNoLease() {
    assertThat(rules(Destinations.ALL, Set.of(Family.IPV4), false).transaction(LASTING))
        .doesNotContain("meta l4proto @lease")
        .doesNotContain("timeout 15s");
  }

  @Test
  void transaction_leaseOfZero_startsWithoutOne() {
    assertThat(rules(Destinations.ALL, Set.of(Family.IPV4), true).transaction(Duration.ZERO))
        .contains("meta l4proto @lease")
        .doesNotContain("elements = { tcp");
  }

  @Test
  void transaction_podWithoutIpv6_redirectsIpv4Only() {
    assertThat(rules(Destinations.ALL, Set.of(Family.IPV4), true).transaction(LASTING))
        .doesNotContain("nfproto ipv6");
  }

  @Test
  void transaction_destinations_areExcludedAndIncluded() {
    assertThat(rules(SOME, Set.of(Family.IPV4), true).transaction(LASTING))
        .contains("169.254.0.0/16", "192.0.2.7/32", "10.0.0.0/8", "fd00:0:0:0:0:0:0:0/16")
        .contains("ip daddr @included4", "192.0.2.0/24, 203.0.113.53/32");
  }

  @Test
  void rules_withoutPortOrFamily_areRefused() {
    assertThatThrownBy(() -> rules(Destinations.ALL, Set.of(), true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void install_everyShape_isTakenByTheKernelAndReadBackTheSame() throws IOException {
    RuleInstaller installer = new RuleInstaller();
    try (TestNetns pod = new TestNetns();
        Netns netns = Netns.openPod(pod.path())) {
      for (Destinations destinations : List.of(Destinations.ALL, SOME)) {
        for (boolean leased : new boolean[] {true, false}) {
          installer.install(
              netns, rules(destinations, Set.of(Family.IPV4, Family.IPV6), leased), LASTING);
          String first = installer.read(netns);
          assertThat(first).contains("redirect to :15901").doesNotContain("expires");
          assertThat(installer.read(netns)).isEqualTo(first);
        }
      }
      installer.remove(netns);
      installer.remove(netns);
      assertThat(pod.exec("nft", "list", "ruleset")).isEmpty();
    }
  }

  @Test
  void read_rulesChangedByHand_differs() throws IOException {
    RuleInstaller installer = new RuleInstaller();
    try (TestNetns pod = new TestNetns();
        Netns netns = Netns.openPod(pod.path())) {
      installer.install(netns, rules(Destinations.ALL, Set.of(Family.IPV4), true), LASTING);
      String before = installer.read(netns);
      pod.exec("nft", "add", "element", "inet", "podstamp", "ports", "{ 443 }");
      assertThat(installer.read(netns)).isNotEqualTo(before);
      pod.exec("nft", "flush", "ruleset");
      assertThatThrownBy(() -> installer.read(netns)).isInstanceOf(IOException.class);
    }
  }

  private static RedirectRules rules(
      Destinations destinations, Set<Family> families, boolean leased) {
    return new RedirectRules(PORTS, 15901, families, destinations, leased);
  }
}
