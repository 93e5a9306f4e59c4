package io.podstamp.netns;

import io.podstamp.config.Cidr;
import io.podstamp.config.OnMissing;
import io.podstamp.config.ProxyRule;
import io.podstamp.nftables.Data;
import io.podstamp.nftables.Key;
import io.podstamp.nftables.NftSet;
import io.podstamp.pod.Family;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// Destinations to which connections are captured on ports of their own, since they begin with a
/// header of the PROXY protocol.
///
/// @param held whether a connection that is not captured has to wait, rather than go direct
public record ProxyTarget(List<Cidr> blocks, SortedSet<Integer> ports, boolean held) {
  public ProxyTarget {
    blocks = List.copyOf(blocks);
    ports = new TreeSet<>(ports);
  }

  /// Those of the rules; what differs in destinations alone is one.
  public static List<ProxyTarget> of(List<ProxyRule> rules) {
    Map<ProxyTarget, List<Cidr>> blocks = new LinkedHashMap<>();
    for (ProxyRule rule : rules) {
      ProxyTarget kind =
          new ProxyTarget(
              List.of(), new TreeSet<>(rule.ports()), rule.onMissing() == OnMissing.HOLD);
      blocks.computeIfAbsent(kind, _ -> new ArrayList<>()).addAll(rule.destinations());
    }
    return blocks.entrySet().stream()
        .map(each -> new ProxyTarget(each.getValue(), each.getKey().ports, each.getKey().held))
        .toList();
  }

  /// The same, and nothing waits.
  public ProxyTarget released() {
    return new ProxyTarget(blocks, ports, false);
  }

  boolean has(Family family) {
    return blocks.stream().anyMatch(block -> block.isIpv4() == (family == Family.IPV4));
  }

  /// Its sets in a table.
  ///
  /// @param number among the targets
  List<NftSet> sets(int number) {
    List<NftSet> sets = new ArrayList<>();
    sets.add(
        NftSet.of(portsSet(number), Key.INET_SERVICE, ports.stream().map(Data::port).toList()));
    sets.addAll(RedirectRules.destinations(name(number), blocks));
    return sets;
  }

  static String portsSet(int number) {
    return name(number) + "ports";
  }

  static String blocksSet(int number, Family family) {
    return name(number) + (family == Family.IPV4 ? "4" : "6");
  }

  private static String name(int number) {
    return "proxy" + number + "_";
  }

  /// The ports of all of them.
  static SortedSet<Integer> ports(Collection<ProxyTarget> targets) {
    SortedSet<Integer> ports = new TreeSet<>();
    targets.forEach(target -> ports.addAll(target.ports));
    return ports;
  }
}
