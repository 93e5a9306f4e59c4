package io.podstamp.netns;

import io.podstamp.config.Cidr;
import io.podstamp.config.Destinations;
import io.podstamp.pod.Family;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The redirect of one Pod as nft text: new TCP connections of the Pod to captured ports go to the
/// listener on loopback. Pure: [RuleInstaller] brings it into the kernel.
///
/// @param ports captured destination ports
/// @param listenPort where the Pod's listener is bound, the same for both families
/// @param families those in which there is a listener
/// @param destinations which destinations are captured, beyond those that never are
/// @param leased whether the redirect works only while the lease is alive (transparent), or always
///   (strict)
public record RedirectRules(
    SortedSet<Integer> ports,
    int listenPort,
    Set<Family> families,
    Destinations destinations,
    boolean leased) {

  /// Our table; `inet` holds the rules of both families.
  public static final String TABLE = "podstamp";

  /// The set whose one element is the lease.
  public static final String LEASE_SET = "lease";

  /// On our own upstream sockets, which must not be redirected again. Not a mark of Istio's (0x539)
  /// or of Cilium's; the veth scrubs it, so nobody outside the Pod sees it.
  public static final int MARK = 0x5053;

  public RedirectRules {
    ports = new TreeSet<>(ports);
    families = Set.copyOf(families);
    if (ports.isEmpty() || families.isEmpty()) {
      throw new IllegalArgumentException(
          "redirect rules (expected: at least one port and one family)");
    }
  }

  /// One transaction that replaces whatever our table held. Proxied connections survive it: the
  /// kernel keeps their translation in conntrack, and sees no moment without the chain.
  ///
  /// Only plain expressions are used: rules of a newer nft can crash an older one on the host that
  /// lists them.
  ///
  /// @param lease how long the redirect works before its first renewal; zero: not at all
  public String transaction(Duration lease) {
    StringBuilder nft = new StringBuilder();
    nft.append("add table inet ").append(TABLE).append('\n');
    nft.append("delete table inet ").append(TABLE).append('\n');
    nft.append("table inet ").append(TABLE).append(" {\n");
    set(nft, "ports", "inet_service", "", ports.stream().map(String::valueOf).toList());
    set(
        nft,
        LEASE_SET,
        "inet_proto",
        "flags timeout;",
        leased && lease.isPositive()
            ? List.of("tcp timeout " + lease.toSeconds() + "s")
            : List.of());
    destinations(nft, "excluded", excluded(destinations));
    if (!destinations.include().isEmpty()) {
      destinations(nft, "included", included());
    }
    nft.append("  chain output {\n    type nat hook output priority -100; policy accept;\n");
    // What stays in the Pod is left alone, but for our probes: they are bound to this device.
    rule(nft, "oifname \"lo\" ip daddr != " + Destinations.PROBE.getHostAddress() + " return");
    if (families.contains(Family.IPV6)) {
      rule(nft, "oifname \"lo\" meta nfproto ipv6 return");
    }
    rule(nft, "meta mark " + MARK + " return");
    rule(nft, "ip daddr @excluded4 return");
    rule(nft, "ip6 daddr @excluded6 return");
    for (Family family : Family.values()) {
      if (families.contains(family)) {
        redirect(nft, family);
      }
    }
    return nft.append("  }\n}\n").toString();
  }

  /// The same for connections that stay on loopback, which no Pod's do; for a trial in a namespace
  /// that has nothing else.
  String transactionOnLoopback(Duration lease) {
    return transaction(lease).replaceAll("(?m)^ *oifname \"lo\" .*return\n", "");
  }

  /// The transaction that takes everything away. Proxied connections that are still open are reset
  /// by it.
  public static String removal() {
    return "add table inet " + TABLE + "\ndelete table inet " + TABLE + "\n";
  }

  private void redirect(StringBuilder nft, Family family) {
    String match = family == Family.IPV4 ? "meta nfproto ipv4 " : "meta nfproto ipv6 ";
    if (!destinations.include().isEmpty()) {
      match += family == Family.IPV4 ? "ip daddr @included4 " : "ip6 daddr @included6 ";
    }
    if (leased) {
      match += "meta l4proto @" + LEASE_SET + " ";
    }
    // Only a SYN: a live connection that conntrack meets for the first time must not be picked up.
    rule(
        nft,
        match + "tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports redirect to :" + listenPort);
  }

  static void rule(StringBuilder nft, String rule) {
    nft.append("    ").append(rule).append('\n');
  }

  static void destinations(StringBuilder nft, String name, List<Cidr> blocks) {
    set(nft, name + "4", "ipv4_addr", "flags interval; auto-merge;", texts(blocks, true));
    set(nft, name + "6", "ipv6_addr", "flags interval; auto-merge;", texts(blocks, false));
  }

  private static List<String> texts(List<Cidr> blocks, boolean ipv4) {
    return blocks.stream()
        .filter(block -> block.isIpv4() == ipv4)
        .map(Cidr::toString)
        .distinct()
        .toList();
  }

  static void set(
      StringBuilder nft, String name, String type, String flags, List<String> elements) {
    nft.append("  set ")
        .append(name)
        .append(" {\n    type ")
        .append(type)
        .append("; ")
        .append(flags);
    if (!elements.isEmpty()) {
      nft.append(elements.stream().collect(Collectors.joining(", ", "\n    elements = { ", " }")));
    }
    nft.append("\n  }\n");
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
