package io.podstamp.netns;

import io.podstamp.config.Cidr;
import io.podstamp.config.Destinations;
import io.podstamp.config.ListenPorts;
import io.podstamp.nftables.Chain;
import io.podstamp.nftables.Data;
import io.podstamp.nftables.Element;
import io.podstamp.nftables.Expression;
import io.podstamp.nftables.Key;
import io.podstamp.nftables.NftSet;
import io.podstamp.nftables.Rule;
import io.podstamp.nftables.Table;
import io.podstamp.pod.Family;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The redirect of one Pod as a table of nf_tables: new TCP connections of the Pod to captured
/// ports go to the listener on loopback. Pure: [Redirect] brings it into the kernel.
///
/// Only plain expressions are used: rules of a newer nft can crash an older one on the host that
/// lists them.
///
/// @param ports captured destination ports
/// @param listenPort where the Pod's listener is bound, the same for both families
/// @param families those in which there is a listener
/// @param destinations which destinations are captured, beyond those that never are
/// @param leased whether the redirect works only while the lease is alive (transparent), or always
///   (strict)
/// @param queue how the first SYN of a connection is held until it is known what becomes of it;
///   null: it is redirected at once. The queue has the listener's number
/// @param targets what is captured beside all that
/// @param refuses whether what leaves for captured ports past the redirect is refused: what the Pod
///   forwards, and what rules of its own take elsewhere
public record RedirectRules(
    SortedSet<Integer> ports,
    int listenPort,
    Set<Family> families,
    Destinations destinations,
    boolean leased,
    @Nullable SynQueueRule queue,
    List<ProxyTarget> targets,
    boolean refuses) {

  /// The set whose one element is the lease.
  public static final String LEASE_SET = "lease";

  private static final String PORTS_SET = "ports";
  private static final String HOLD = "hold";
  private static final String TOLD = "told";
  private static final String WITHHELD = "withheld";

  /// Where `nft` has `dstnat` (`NF_IP_PRI_NAT_DST`).
  private static final int BEFORE_DESTINATION_NAT = -100;

  /// Where `nft` has `filter` (`NF_IP_PRI_FILTER`).
  private static final int FILTER = 0;

  /// Where `nft` has `srcnat` (`NF_IP_PRI_NAT_SRC`).
  private static final int SOURCE_NAT = 100;

  /// On our own upstream sockets, which must not be redirected again. Not a mark of Istio's (0x539)
  /// or of Cilium's; the veth scrubs it, so nobody outside the Pod sees it.
  public static final int MARK = 0x5053;

  /// Rules that leave to itself what passes them.
  public RedirectRules(
      SortedSet<Integer> ports,
      int listenPort,
      Set<Family> families,
      Destinations destinations,
      boolean leased,
      @Nullable SynQueueRule queue,
      List<ProxyTarget> targets) {
    this(ports, listenPort, families, destinations, leased, queue, targets, false);
  }

  public RedirectRules {
    ports = new TreeSet<>(ports);
    families = Set.copyOf(families);
    targets = List.copyOf(targets);
    if (ports.isEmpty() || families.isEmpty()) {
      throw new IllegalArgumentException(
          "redirect rules (expected: at least one port and one family)");
    }
  }

  /// Without connections that begin with a header of the PROXY protocol.
  public RedirectRules(
      SortedSet<Integer> ports,
      int listenPort,
      Set<Family> families,
      Destinations destinations,
      boolean leased,
      @Nullable SynQueueRule queue) {
    this(ports, listenPort, families, destinations, leased, queue, List.of());
  }

  /// The table that does it.
  ///
  /// @param tenant whose it is
  /// @param lease how long the redirect works before its first renewal; zero: not at all
  public Table table(Tenant tenant, Duration lease) {
    return table(tenant.table(), lease, true);
  }

  /// The same for connections that stay on loopback, which no Pod's do; for a trial in a namespace
  /// that has nothing else.
  Table tableOnLoopback(Duration lease) {
    return table(Tenant.AGENT.table(), lease, false);
  }

  private Table table(String name, Duration lease, boolean sparesLoopback) {
    List<NftSet> sets = new ArrayList<>();
    sets.add(NftSet.of(PORTS_SET, Key.INET_SERVICE, ports.stream().map(Data::port).toList()));
    sets.add(
        NftSet.ofTimeouts(
            LEASE_SET,
            Key.INET_PROTOCOL,
            leased && lease.isPositive()
                ? List.of(Element.of(Lease.KEY, lease.toMillis()))
                : List.of()));
    sets.addAll(destinations("excluded", excluded(destinations)));
    if (!destinations.include().isEmpty()) {
      sets.addAll(destinations("included", included()));
    }
    for (int i = 0; i < targets.size(); i++) {
      sets.addAll(targets.get(i).sets(i));
    }
    List<Chain> chains = new ArrayList<>();
    List<Rule> rules = new ArrayList<>();
    if (queue != null) {
      chains.add(told());
      chains.add(Chain.of(HOLD, List.of(held(queue))));
      // A jump: whoever else marks these bits goes on like everybody.
      rules.add(Rule.matching().anyMarkIn(SynMark.MASK).jump(TOLD));
    }
    if (sparesLoopback) {
      // What stays in the Pod is left alone, but for our probes: they are bound to this device.
      rules.add(
          Rule.matching()
              .outDevice("lo")
              .family(Rule.Family.IPV4)
              .destinationIsNot(Rule.Family.IPV4, Destinations.PROBE)
              .returns());
      if (families.contains(Family.IPV6)) {
        rules.add(Rule.matching().outDevice("lo").family(Rule.Family.IPV6).returns());
      }
    }
    rules.add(Rule.matching().mark(MARK).returns());
    rules.addAll(spared());
    for (Family family : Family.values()) {
      if (families.contains(family)) {
        for (int i = 0; i < targets.size(); i++) {
          if (targets.get(i).has(family)) {
            rules.add(redirect(family, i));
          }
        }
        rules.add(redirect(family));
      }
    }
    chains.add(Chain.output("output", "nat", BEFORE_DESTINATION_NAT, rules));
    if (queue != null) {
      chains.add(returned(queue));
    }
    if (targets.stream().anyMatch(ProxyTarget::held)) {
      chains.add(withheld());
    }
    if (refuses) {
      chains.add(Chain.output("refused", "filter", FILTER, refused(true)));
      chains.add(Chain.forward("forwarded", FILTER, refused(false)));
    }
    return new Table(name, List.of(), sets, chains);
  }

  /// A SYN that was held before: its mark tells what becomes of it, and is the application's again
  /// from there on.
  private static Chain told() {
    List<Rule> rules = new ArrayList<>();
    for (int port : ListenPorts.ALL) {
      rules.add(told(SynMark.redirected(port)).tcp().redirectTo(port));
    }
    rules.add(told(SynMark.PASS).accepts());
    rules.add(told(SynMark.REFUSED).tcp().resets());
    rules.add(told(SynMark.HOST_UNREACHABLE).rejectsWithIcmp(Expression.Reject.HOST_UNREACHABLE));
    rules.add(told(SynMark.NET_UNREACHABLE).rejectsWithIcmp(Expression.Reject.NO_ROUTE));
    rules.add(told(SynMark.PROHIBITED).rejectsWithIcmp(Expression.Reject.ADMIN_PROHIBITED));
    return Chain.of(TOLD, rules);
  }

  private static Rule.Builder told(int mark) {
    return Rule.matching().markIn(SynMark.MASK, mark).keepOfMark(~SynMark.MASK);
  }

  /// By now all that is captured is on its way to the listener, over loopback.
  ///
  /// @param mayBeOurs whether our own dials come by
  private List<Rule> refused(boolean mayBeOurs) {
    List<Rule> rules = new ArrayList<>();
    if (mayBeOurs) {
      rules.add(Rule.matching().outDevice("lo").returns());
      rules.add(Rule.matching().mark(MARK).returns());
    }
    rules.addAll(spared());
    for (Family family : Family.values()) {
      if (families.contains(family)) {
        rules.add(captured(family).tcp().syn().portIn(PORTS_SET).resets());
      }
    }
    return rules;
  }

  /// A SYN of ours that is on its way to loopback: rules of another proxy have redirected it. Dials
  /// of that proxy would come to us, and so on.
  private Chain returned(SynQueueRule by) {
    Rule shown =
        Rule.matching()
            .outDevice("lo")
            .mark(MARK)
            .tcp()
            .syn()
            .ending(by.to(listenPort, Expression.Queue.BYPASS));
    return Chain.postrouting("returned", "nat", SOURCE_NAT, List.of(shown));
  }

  /// Without a program that reads the queue, SYNs pass (transparent) or are dropped, to be sent
  /// again (strict).
  private Rule held(SynQueueRule by) {
    return Rule.matching().ending(by.to(listenPort, leased ? Expression.Queue.BYPASS : 0));
  }

  private Rule redirect(Family family) {
    Rule.Builder rule = captured(family);
    if (leased) {
      rule.protocolIn(LEASE_SET);
    }
    return captured(rule, PORTS_SET);
  }

  /// What is held is so without lease, and [#withheld] drops what the queue lets past.
  private Rule redirect(Family family, int target) {
    Rule.Builder rule = towards(family, target);
    if (leased && !targets.get(target).held()) {
      rule.protocolIn(LEASE_SET);
    }
    return captured(rule, ProxyTarget.portsSet(target));
  }

  /// What goes to a target.
  static Rule.Builder towards(Family family, int target) {
    Rule.Family header = header(family);
    return Rule.matching()
        .family(header)
        .destinationIn(header, ProxyTarget.blocksSet(target, family));
  }

  /// Only a SYN: a live connection that conntrack meets for the first time must not be picked up.
  private Rule captured(Rule.Builder rule, String portsSet) {
    rule.tcp().syn().portIn(portsSet);
    return queue == null ? rule.redirectTo(listenPort) : rule.goTo(HOLD);
  }

  /// Destinations that are to be captured.
  private Rule.Builder captured(Family family) {
    Rule.Family header = header(family);
    Rule.Builder rule = Rule.matching().family(header);
    if (!destinations.include().isEmpty()) {
      rule.destinationIn(header, family == Family.IPV4 ? "included4" : "included6");
    }
    return rule;
  }

  /// A SYN to a destination that is held which is not ours, and so would arrive without a header:
  /// nobody reads the queue, or whoever did has let it go. Its sender repeats it. Before the Pod's
  /// own source NAT, which would end the work on its first packet.
  private Chain withheld() {
    List<Rule> rules = new ArrayList<>();
    for (Family family : Family.values()) {
      for (int i = 0; i < targets.size(); i++) {
        if (targets.get(i).held() && targets.get(i).has(family) && families.contains(family)) {
          rules.add(
              towards(family, i)
                  .markIsNot(MARK)
                  .tcp()
                  .syn()
                  .portIn(ProxyTarget.portsSet(i))
                  .drops());
        }
      }
    }
    return Chain.postrouting(WITHHELD, "nat", SOURCE_NAT - 1, rules);
  }

  static Rule.Family header(Family family) {
    return family == Family.IPV4 ? Rule.Family.IPV4 : Rule.Family.IPV6;
  }

  /// Excluded destinations come to no later rule.
  static List<Rule> spared() {
    return List.of(
        Rule.matching()
            .family(Rule.Family.IPV4)
            .destinationIn(Rule.Family.IPV4, "excluded4")
            .returns(),
        Rule.matching()
            .family(Rule.Family.IPV6)
            .destinationIn(Rule.Family.IPV6, "excluded6")
            .returns());
  }

  /// Two sets, of IPv4 and of IPv6.
  static List<NftSet> destinations(String name, List<Cidr> blocks) {
    return List.of(
        NftSet.ofIntervals(name + "4", Key.IPV4_ADDRESS, intervals(blocks, true)),
        NftSet.ofIntervals(name + "6", Key.IPV6_ADDRESS, intervals(blocks, false)));
  }

  private static List<Element> intervals(List<Cidr> blocks, boolean ipv4) {
    return blocks.stream()
        .filter(block -> block.isIpv4() == ipv4)
        .map(block -> Element.block(block.address(), block.prefix()))
        .toList();
  }

  /// What is never captured, and what is not to be.
  static List<Cidr> excluded(Destinations destinations) {
    List<Cidr> excluded = new ArrayList<>(Destinations.ALWAYS_EXCLUDED);
    excluded.addAll(destinations.exclude());
    excluded.addAll(destinations.outOfScope());
    return excluded;
  }

  private List<Cidr> included() {
    List<Cidr> included = new ArrayList<>(destinations.include());
    included.add(new Cidr(Destinations.PROBE, 32));
    return included;
  }
}
