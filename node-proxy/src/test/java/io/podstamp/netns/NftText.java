package io.podstamp.netns;

import io.podstamp.config.Cidr;
import io.podstamp.config.Destinations;
import io.podstamp.pod.Family;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.Collectors;

/// The rules as text for `nft -f`, as podstamp wrote them before it spoke netlink (up to commit
/// 8a9bb8e): what its tables are held against, and what they replace and are replaced by when a
/// Node is upgraded or rolled back.
final class NftText {
  private NftText() {}

  static String redirect(RedirectRules rules, Duration lease) {
    StringBuilder nft = begin();
    set(nft, "ports", "inet_service", "", rules.ports().stream().map(String::valueOf).toList());
    set(
        nft,
        "lease",
        "inet_proto",
        "flags timeout;",
        rules.leased() && lease.isPositive()
            ? List.of("tcp timeout " + lease.toSeconds() + "s")
            : List.of());
    Destinations destinations = rules.destinations();
    destinations(nft, "excluded", RedirectRules.excluded(destinations));
    boolean someOnly = !destinations.include().isEmpty();
    if (someOnly) {
      List<Cidr> included = new ArrayList<>(destinations.include());
      included.add(Cidr.parse("203.0.113.53"));
      destinations(nft, "included", included);
    }
    targets(nft, rules.targets());
    nft.append("  chain output {\n    type nat hook output priority -100; policy accept;\n");
    rule(nft, "oifname \"lo\" ip daddr != 203.0.113.53 return");
    if (rules.families().contains(Family.IPV6)) {
      rule(nft, "oifname \"lo\" meta nfproto ipv6 return");
    }
    rule(nft, "meta mark 20563 return");
    rule(nft, "ip daddr @excluded4 return");
    rule(nft, "ip6 daddr @excluded6 return");
    for (Family family : Family.values()) {
      if (rules.families().contains(family)) {
        boolean isIpv4 = family == Family.IPV4;
        for (int i = 0; i < rules.targets().size(); i++) {
          ProxyTarget target = rules.targets().get(i);
          if (target.has(family)) {
            String leased = rules.leased() && !target.held() ? "meta l4proto @lease " : "";
            rule(nft, towards(i, isIpv4) + leased + syn(i) + "redirect to :" + rules.listenPort());
          }
        }
        String match = isIpv4 ? "meta nfproto ipv4 " : "meta nfproto ipv6 ";
        if (someOnly) {
          match += isIpv4 ? "ip daddr @included4 " : "ip6 daddr @included6 ";
        }
        if (rules.leased()) {
          match += "meta l4proto @lease ";
        }
        rule(
            nft,
            match
                + "tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports redirect to :"
                + rules.listenPort());
      }
    }
    if (rules.refuses()) {
      nft.append(
          "  }\n  chain refused {\n    type filter hook output priority 0; policy accept;\n");
      rule(nft, "oifname \"lo\" return");
      rule(nft, "meta mark 20563 return");
      refused(nft, rules, someOnly);
      nft.append(
          "  }\n  chain forwarded {\n    type filter hook forward priority 0; policy accept;\n");
      refused(nft, rules, someOnly);
    }
    nft.append("  }\n");
    withheld(nft, rules);
    return nft.append("}\n").toString();
  }

  private static void withheld(StringBuilder nft, RedirectRules rules) {
    if (rules.targets().stream().noneMatch(ProxyTarget::held)) {
      return;
    }
    nft.append("  chain withheld {\n    type nat hook postrouting priority 99; policy accept;\n");
    for (Family family : Family.values()) {
      for (int i = 0; i < rules.targets().size(); i++) {
        ProxyTarget target = rules.targets().get(i);
        if (target.held() && target.has(family) && rules.families().contains(family)) {
          rule(nft, towards(i, family == Family.IPV4) + "meta mark != 20563 " + syn(i) + "drop");
        }
      }
    }
    nft.append("  }\n");
  }

  private static String towards(int target, boolean isIpv4) {
    return isIpv4
        ? "meta nfproto ipv4 ip daddr @proxy" + target + "_4 "
        : "meta nfproto ipv6 ip6 daddr @proxy" + target + "_6 ";
  }

  private static String syn(int target) {
    return "tcp flags & (fin|syn|rst|ack) == syn tcp dport @proxy" + target + "_ports ";
  }

  private static void targets(StringBuilder nft, List<ProxyTarget> targets) {
    for (int i = 0; i < targets.size(); i++) {
      ProxyTarget target = targets.get(i);
      List<String> ports = target.ports().stream().map(String::valueOf).toList();
      set(nft, "proxy" + i + "_ports", "inet_service", "", ports);
      destinations(nft, "proxy" + i + "_", target.blocks());
    }
  }

  private static void refused(StringBuilder nft, RedirectRules rules, boolean someOnly) {
    rule(nft, "ip daddr @excluded4 return");
    rule(nft, "ip6 daddr @excluded6 return");
    for (Family family : Family.values()) {
      if (rules.families().contains(family)) {
        boolean isIpv4 = family == Family.IPV4;
        rule(
            nft,
            (isIpv4 ? "meta nfproto ipv4 " : "meta nfproto ipv6 ")
                + (someOnly ? isIpv4 ? "ip daddr @included4 " : "ip6 daddr @included6 " : "")
                + "meta l4proto tcp tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports"
                + " reject with tcp reset");
      }
    }
  }

  static String redirectOnLoopback(RedirectRules rules, Duration lease) {
    return redirect(rules, lease).replaceAll("(?m)^ *oifname \"lo\" .*return\n", "");
  }

  static String shadow(ShadowRules rules) {
    StringBuilder nft = begin();
    SortedSet<Integer> counted = ProxyTarget.ports(rules.targets());
    counted.addAll(rules.ports());
    counted.forEach(port -> nft.append("  counter port" + port + " {\n  }\n"));
    set(nft, "ports", "inet_service", "", rules.ports().stream().map(String::valueOf).toList());
    set(nft, "seen4", "ipv4_addr . inet_service", "size 64; flags dynamic;", List.of());
    set(nft, "seen6", "ipv6_addr . inet_service", "size 64; flags dynamic;", List.of());
    Destinations destinations = rules.destinations();
    destinations(nft, "excluded", RedirectRules.excluded(destinations));
    boolean someOnly = !destinations.include().isEmpty();
    if (someOnly) {
      destinations(nft, "included", destinations.include());
    }
    targets(nft, rules.targets());
    nft.append("  chain output {\n    type filter hook output priority 0; policy accept;\n");
    rule(nft, "oifname \"lo\" return");
    rule(nft, "ip daddr @excluded4 return");
    rule(nft, "ip6 daddr @excluded6 return");
    String syn = "tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports jump counted";
    for (int i = 0; i < rules.targets().size(); i++) {
      if (rules.targets().get(i).has(Family.IPV4)) {
        rule(nft, towards(i, true) + syn(i) + "goto counted");
      }
    }
    rule(nft, (someOnly ? "ip daddr @included4 " : "meta nfproto ipv4 ") + syn);
    for (int i = 0; i < rules.targets().size(); i++) {
      if (rules.targets().get(i).has(Family.IPV6)) {
        rule(nft, towards(i, false) + syn(i) + "goto counted");
      }
    }
    rule(nft, (someOnly ? "ip6 daddr @included6 " : "meta nfproto ipv6 ") + syn);
    nft.append("  }\n  chain counted {\n");
    counted.forEach(port -> rule(nft, "tcp dport " + port + " counter name \"port" + port + "\""));
    rule(nft, "meta nfproto ipv4 add @seen4 { ip daddr . tcp dport counter }");
    rule(nft, "meta nfproto ipv6 add @seen6 { ip6 daddr . tcp dport counter }");
    return nft.append("  }\n}\n").toString();
  }

  private static StringBuilder begin() {
    return new StringBuilder("add table inet podstamp\ndelete table inet podstamp\n")
        .append("table inet podstamp {\n");
  }

  private static void rule(StringBuilder nft, String rule) {
    nft.append("    ").append(rule).append('\n');
  }

  private static void destinations(StringBuilder nft, String name, List<Cidr> blocks) {
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

  private static void set(
      StringBuilder nft, String name, String type, String flags, List<String> elements) {
    nft.append("  set " + name + " {\n    type " + type + "; " + flags);
    if (!elements.isEmpty()) {
      nft.append(elements.stream().collect(Collectors.joining(", ", "\n    elements = { ", " }")));
    }
    nft.append("\n  }\n");
  }
}
