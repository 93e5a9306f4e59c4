package io.podstamp.netns;

import io.podstamp.netns.Links.Link;
import io.podstamp.nftables.Nftables;
import io.podstamp.nftables.OutputChain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Looks for [BlindSpot]s in a Pod's namespace: three dumps of its interfaces by netlink, two
/// settings, and the rules of others if there were any transactions since the last look. No
/// process.
public final class BlindSpots {
  private static final Set<String> OWN =
      Arrays.stream(Tenant.values()).map(Tenant::table).collect(Collectors.toUnmodifiableSet());

  /// Where it counts for either family whether the Pod forwards.
  private static final List<String> FORWARDING =
      List.of("ipv4/ip_forward", "ipv6/conf/all/forwarding");

  private final Path procSysNet;
  private @Nullable Integer seenTransactions;
  private List<BlindSpot> byRules = List.of();

  /// One for each Pod.
  public BlindSpots() {
    this(Path.of("/proc/sys/net"));
  }

  private BlindSpots(Path procSysNet) {
    this.procSysNet = procSysNet;
  }

  /// Looks; not for event loops.
  ///
  /// @param lease whose netlink socket is in the namespace already
  public List<BlindSpot> look(Doorway doorway, Netns netns, Lease lease) throws IOException {
    List<BlindSpot> spots =
        doorway.inside(
            netns,
            () -> {
              List<BlindSpot> found = new ArrayList<>(ofLinks(Links.here(), forwards()));
              found.addAll(LegacyTables.lookHere());
              return found;
            });
    spots.addAll(ofRules(lease));
    return List.copyOf(spots);
  }

  static List<BlindSpot> ofLinks(List<Link> all, boolean forwards) {
    List<BlindSpot> spots = new ArrayList<>();
    List<Link> bridges =
        all.stream()
            .filter(link -> link.kind().equals("bridge") && !slaves(all, link).isEmpty())
            .toList();
    boolean hasUplink =
        all.stream().anyMatch(link -> link.isAddressed() && !bridges.contains(link));
    List<String> inner = new ArrayList<>();
    for (Link bridge : bridges) {
      List<Link> slaves = slaves(all, bridge);
      boolean joinsGuest =
          slaves.stream().anyMatch(Link::isTap) && slaves.stream().anyMatch(link -> !link.isTap());
      if (joinsGuest || !hasUplink) {
        spots.add(
            new BlindSpot(BlindSpot.Kind.GUEST_BRIDGED, bridge.name() + ": " + names(slaves)));
      } else {
        inner.add(bridge.name());
      }
    }
    if (forwards && !inner.isEmpty()) {
      spots.add(new BlindSpot(BlindSpot.Kind.FORWARDED, String.join(", ", inner)));
    }
    add(spots, BlindSpot.Kind.GUEST_BY_TRAFFIC_CONTROL, all, l -> l.isTap() && l.hasIngress());
    add(spots, BlindSpot.Kind.GUEST_MACVTAP, all, l -> l.kind().equals("macvtap"));
    if (spots.isEmpty() && all.stream().noneMatch(Link::isAddressed)) {
      add(spots, BlindSpot.Kind.NO_ADDRESS, all, l -> !l.isLoopback() && l.kind().equals("veth"));
    }
    return spots;
  }

  private static void add(
      List<BlindSpot> spots, BlindSpot.Kind kind, List<Link> all, Predicate<Link> which) {
    List<Link> found = all.stream().filter(which).toList();
    if (!found.isEmpty()) {
      spots.add(new BlindSpot(kind, names(found)));
    }
  }

  private static List<Link> slaves(List<Link> all, Link bridge) {
    return all.stream().filter(link -> link.master() == bridge.index()).toList();
  }

  private static String names(List<Link> links) {
    return links.stream().map(Link::name).sorted().collect(Collectors.joining(", "));
  }

  /// Nodes forward, and a new namespace has the Node's setting, so this alone says nothing.
  private boolean forwards() throws IOException {
    for (String name : FORWARDING) {
      Path setting = procSysNet.resolve(name);
      if (Files.exists(setting)
          && !Files.readString(setting, StandardCharsets.US_ASCII).strip().equals("0")) {
        return true;
      }
    }
    return false;
  }

  private List<BlindSpot> ofRules(Lease lease) throws IOException {
    int transactions = lease.foreignTransactions();
    Integer seen = seenTransactions;
    if (seen == null || seen != transactions) {
      byRules = ofChains(lease.nftables());
      seenTransactions = transactions;
    }
    return byRules;
  }

  private static List<BlindSpot> ofChains(Nftables nftables) throws IOException {
    List<OutputChain> others = nftables.outputChainsBut(OWN);
    return Stream.concat(
            others.stream()
                .filter(OutputChain::translates)
                .map(chain -> new BlindSpot(BlindSpot.Kind.TRANSLATED, chain.told())),
            others.stream()
                .filter(OutputChain::untracks)
                .map(chain -> new BlindSpot(BlindSpot.Kind.UNTRACKED, chain.told())))
        .toList();
  }
}
