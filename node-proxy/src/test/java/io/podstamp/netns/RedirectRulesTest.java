package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.podstamp.config.Cidr;
import io.podstamp.config.Destinations;
import io.podstamp.hold.HoldTrial;
import io.podstamp.nftables.Table;
import io.podstamp.pod.Family;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What podstamp writes by netlink, held against what `nft` makes of the same rules as text.
class RedirectRulesTest {
  private static final Duration LASTING = Duration.ofSeconds(15);
  private static final SortedSet<Integer> PORTS = new TreeSet<>(Set.of(80, 8080));
  private static final Destinations SOME =
      destinations(
          List.of("10.0.0.0/8", "fd00::/16"), List.of("192.0.2.0/24"), List.of("192.0.2.7"));
  private static final List<Destinations> DESTINATIONS =
      List.of(
          Destinations.ALL,
          SOME,
          // Nested, touching, the same twice, the first and the last address there are.
          destinations(
              List.of("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "0.0.0.0", "255.255.255.255"),
              List.of("0.0.0.0/0", "::/0"),
              List.of("fd00::/8", "fd00:ec2::/32", "::", "ffff:ffff::/32", "10.0.0.0/8")),
          destinations(
              List.of("0.0.0.0/1", "128.0.0.0/1", "::/0"), List.of("2001:db8::/32"), List.of()),
          destinations(
              IntStream.range(0, 1500)
                  .mapToObj(i -> "10." + i / 250 + "." + i % 250 + ".8/30")
                  .toList(),
              List.of(),
              IntStream.range(0, 300)
                  .mapToObj(i -> "2001:db8:" + Integer.toHexString(2 * i) + "::/48")
                  .toList()));

  private static final List<ProxyTarget> TARGETS =
      List.of(
          target(false, List.of("192.0.2.9", "2001:db8::/32"), 443, 8443),
          target(true, List.of("10.3.0.0/16", "10.3.4.0/24"), 5432),
          target(true, List.of("2001:db8:1::1"), 80),
          target(false, List.of("192.0.2.10"), 443));

  private static ProxyTarget target(boolean held, List<String> blocks, Integer... ports) {
    return new ProxyTarget(
        blocks.stream().map(Cidr::parse).toList(), new TreeSet<>(List.of(ports)), held);
  }

  private final Doorway doorway = new Doorway();
  private final RuleInstaller installer = new RuleInstaller(doorway);
  private TestNetns pod;
  private Netns netns;
  @TempDir private Path folder;

  @BeforeEach
  void open() throws IOException {
    pod = new TestNetns();
    netns = Netns.openPod(pod.path());
  }

  @AfterEach
  void close() throws IOException {
    netns.close();
    pod.close();
    doorway.close();
  }

  static Stream<RedirectRules> redirects() {
    return Stream.concat(
        withoutTargets(),
        withoutTargets()
            .filter(rules -> rules.destinations().equals(SOME))
            .map(
                rules ->
                    new RedirectRules(
                        rules.ports(),
                        rules.listenPort(),
                        rules.families(),
                        SOME,
                        rules.leased(),
                        null,
                        TARGETS)));
  }

  private static Stream<RedirectRules> withoutTargets() {
    return DESTINATIONS.stream()
        .flatMap(
            destinations ->
                Stream.of(
                        Set.of(Family.IPV4, Family.IPV6), Set.of(Family.IPV4), Set.of(Family.IPV6))
                    .flatMap(
                        families ->
                            Stream.concat(
                                Stream.of(true, false)
                                    .map(
                                        leased ->
                                            new RedirectRules(
                                                PORTS,
                                                15901,
                                                families,
                                                destinations,
                                                leased,
                                                null)),
                                Stream.of(
                                    new RedirectRules(
                                        PORTS,
                                        15901,
                                        families,
                                        destinations,
                                        false,
                                        null,
                                        List.of(),
                                        true)))));
  }

  /// Nothing is refused in a trial.
  static Stream<RedirectRules> trials() {
    return redirects().filter(rules -> !rules.refuses());
  }

  static Stream<ShadowRules> shadows() {
    return Stream.of(List.<ProxyTarget>of(), TARGETS)
        .flatMap(
            targets ->
                DESTINATIONS.stream()
                    .map(destinations -> new ShadowRules(PORTS, destinations, targets)));
  }

  @ParameterizedTest
  @MethodSource("redirects")
  void install_showsWhatNftMadeOfTheSameRules(RedirectRules rules) throws IOException {
    for (Duration lease : List.of(LASTING, Duration.ZERO)) {
      load(NftText.redirect(rules, lease));
      Shown before = shown();
      assertThat(before.table.lasting()).isEqualTo(rules.table(Tenant.AGENT, lease).lasting());
      installer.install(netns, rules, lease);
      assertThat(shown()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @MethodSource("trials")
  void installOnLoopback_showsWhatNftMadeOfTheSameRules(RedirectRules rules) throws IOException {
    load(NftText.redirectOnLoopback(rules, LASTING));
    Shown before = shown();
    installer.installOnLoopback(netns, rules, LASTING);
    assertThat(shown()).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("shadows")
  void installShadow_showsWhatNftMadeOfTheSameRules(ShadowRules rules) throws IOException {
    load(NftText.shadow(rules));
    Shown before = shown();
    assertThat(before.table.lasting()).isEqualTo(rules.table().lasting());
    installer.install(netns, rules);
    assertThat(shown()).isEqualTo(before);
  }

  /// A roll-back: the build before finds this one's table, lists it and replaces it.
  @Test
  void nftTransactionOfTheBuildBefore_replacesTheTable() throws IOException {
    RedirectRules rules = new RedirectRules(PORTS, 15901, Set.of(Family.IPV4), SOME, true, null);
    installer.install(netns, new ShadowRules(new TreeSet<>(Set.of(443)), Destinations.ALL));
    assertThat(pod.exec("nft", "--stateless", "list", "table", "inet", "podstamp"))
        .contains("counter port443", "add @seen4 { ip daddr . tcp dport counter }");
    load(NftText.redirect(rules, LASTING));
    assertThat(installer.read(netns).lasting())
        .isEqualTo(rules.table(Tenant.AGENT, LASTING).lasting());
    load("add table inet podstamp\ndelete table inet podstamp\n");
    assertThat(pod.exec("nft", "list", "ruleset")).isEmpty();
  }

  /// What was written is what is read back, for whatever anybody configures.
  @Test
  void install_randomRules_areReadBackTheSame() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    SynQueueRule queue = whatThisKernelTakes();
    for (int round = 0; round < 200; round++) {
      RedirectRules rules =
          new RedirectRules(
              ports(random),
              1 + random.nextInt(65_535),
              families(random),
              new Destinations(
                  random.nextBoolean() ? Destinations.Scope.ALL : Destinations.Scope.OUTSIDE,
                  blocks(random),
                  blocks(random),
                  blocks(random)),
              random.nextBoolean(),
              random.nextBoolean() ? queue : null,
              targets(random));
      installer.install(netns, rules, LASTING);
      Table read = installer.read(netns);
      assertThat(read.lasting())
          .as("seed %d, round %d: %s", seed, round, rules)
          .isEqualTo(rules.table(Tenant.AGENT, LASTING).lasting());
      assertThat(read.elements("lease")).hasSize(rules.leased() ? 1 : 0);
      if (round % 10 == 0 && rules.queue() == null) {
        Shown shown = shown();
        load(NftText.redirect(rules, LASTING));
        assertThat(shown()).as("seed %d, round %d: %s", seed, round, rules).isEqualTo(shown);
      }
    }
  }

  private SynQueueRule whatThisKernelTakes() throws IOException {
    EventLoopGroup loops = EventLoops.start(1);
    try {
      return Objects.requireNonNull(HoldTrial.run(loops, doorway).rule());
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  /// As `nft` shows what holds SYNs, by whichever expression.
  @Test
  void install_held_isShownByNft() throws IOException {
    SynQueueRule queue = whatThisKernelTakes();
    for (boolean leased : List.of(true, false)) {
      installer.install(
          netns,
          new RedirectRules(PORTS, 15902, Set.of(Family.IPV4), Destinations.ALL, leased, queue),
          LASTING);
      String shown = pod.exec("nft", "--stateless", "list", "table", "inet", "podstamp");
      assertThat(shown.replaceAll("(?m)^#.*\n", "").replaceAll("(?m)^\\s+", ""))
          .contains(
              """
              chain told {
              meta mark & 0x7ff00000 == 0x53000000 meta mark set meta mark & 0x800fffff meta l4proto tcp redirect to :15901
              """,
              leased ? "queue num 15902 bypass\n" : "queue num 15902\n",
              "meta mark & 0x7ff00000 != 0x00000000 jump told\n",
              "tcp dport @ports goto hold\n");
    }
  }

  @Test
  void remove_withOrWithoutRules_leavesNone() throws IOException {
    installer.install(
        netns,
        new RedirectRules(PORTS, 15901, Set.of(Family.IPV4), Destinations.ALL, true, null),
        LASTING);
    pod.exec("nft", "add", "table", "ip", "somebodys");
    installer.remove(netns);
    installer.remove(netns);
    assertThat(pod.exec("nft", "list", "ruleset")).isEqualTo("table ip somebodys {\n}\n");
  }

  @Test
  void rules_withoutPortOrFamily_areRefused() {
    assertThatThrownBy(
            () -> new RedirectRules(PORTS, 15901, Set.of(), Destinations.ALL, true, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void read_rulesChangedByHand_differs() throws IOException {
    RedirectRules rules =
        new RedirectRules(PORTS, 15901, Set.of(Family.IPV4), Destinations.ALL, true, null);
    for (String change :
        List.of(
            "add element inet podstamp ports { 443 }",
            "delete element inet podstamp ports { 80 }",
            "add element inet podstamp excluded4 { 192.0.2.0/24 }",
            "flush set inet podstamp excluded6",
            "insert rule inet podstamp output accept",
            "add rule inet podstamp output ct state new counter drop",
            "flush chain inet podstamp output",
            "add chain inet podstamp output { policy drop ; }",
            "add chain inet podstamp another",
            "add set inet podstamp another { type ipv4_addr ; }",
            "add counter inet podstamp another",
            "add table inet podstamp { flags dormant ; }")) {
      installer.install(netns, rules, LASTING);
      Table before = installer.read(netns).lasting();
      pod.exec("nft", change);
      assertThat(installer.read(netns).lasting()).as(change).isNotEqualTo(before);
    }
    pod.exec("nft", "flush", "ruleset");
    assertThatThrownBy(() -> installer.read(netns))
        .isInstanceOf(IOException.class)
        .hasMessage("nftables: table podstamp: ENOENT (No such file or directory)");
  }

  /// @param text but for the time that leases have left
  private record Shown(String text, String stateless, Table table) {}

  private Shown shown() throws IOException {
    return new Shown(
        pod.exec("nft", "list", "ruleset").replaceAll(" expires \\w+", ""),
        pod.exec("nft", "--stateless", "list", "table", "inet", "podstamp"),
        installer.read(netns).lasting());
  }

  private void load(String text) throws IOException {
    pod.exec("nft", "-f", Files.writeString(folder.resolve("rules.nft"), text).toString());
  }

  private static Destinations destinations(
      List<String> cluster, List<String> include, List<String> exclude) {
    return new Destinations(
        Destinations.Scope.OUTSIDE,
        cluster.stream().map(Cidr::parse).toList(),
        include.stream().map(Cidr::parse).toList(),
        exclude.stream().map(Cidr::parse).toList());
  }

  private static List<ProxyTarget> targets(Random random) throws UnknownHostException {
    List<ProxyTarget> targets = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      targets.add(new ProxyTarget(blocks(random), ports(random), random.nextBoolean()));
    }
    return targets;
  }

  private static SortedSet<Integer> ports(Random random) {
    SortedSet<Integer> ports = new TreeSet<>();
    do {
      ports.add(1 + random.nextInt(65_535));
    } while (random.nextInt(4) != 0);
    return ports;
  }

  private static Set<Family> families(Random random) {
    return List.of(Set.of(Family.IPV4), Set.of(Family.IPV6), Set.of(Family.IPV4, Family.IPV6))
        .get(random.nextInt(3));
  }

  /// Few bits that differ, so that many overlap or touch.
  private static List<Cidr> blocks(Random random) throws UnknownHostException {
    List<Cidr> blocks = new ArrayList<>();
    for (int i = random.nextInt(12); i > 0; i--) {
      byte[] address = new byte[random.nextBoolean() ? 4 : 16];
      address[0] = (byte) (random.nextInt(4) * 0x55);
      for (int at = 1; at < address.length; at++) {
        address[at] = (byte) (random.nextInt(3) == 0 ? -1 : random.nextInt(3));
      }
      blocks.add(
          new Cidr(InetAddress.getByAddress(address), random.nextInt(address.length * 8 + 1)));
    }
    return blocks;
  }
}
