package io.podstamp.netns;

import io.netty.util.NetUtil;
import io.podstamp.config.Destinations;
import io.podstamp.nftables.Chain;
import io.podstamp.nftables.Counter;
import io.podstamp.nftables.Data;
import io.podstamp.nftables.Element;
import io.podstamp.nftables.Key;
import io.podstamp.nftables.NftSet;
import io.podstamp.nftables.Rule;
import io.podstamp.nftables.Table;
import io.podstamp.pod.Family;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The rules of shadow mode as a table of nf_tables: the connections that [RedirectRules] would
/// redirect are counted by port and by destination, and go on as if nobody looked. No NAT, so that
/// connection tracking stays off. Pure: [RuleInstaller] brings them into the kernel.
///
/// A SYN is counted, and so is its repetition when nobody answers. What a connection speaks is not
/// known: nobody reads it.
///
/// @param ports those that would be captured
/// @param targets what would be captured beside that
public record ShadowRules(
    SortedSet<Integer> ports, Destinations destinations, List<ProxyTarget> targets) {
  /// Destinations counted one by one, of each family; further ones are in the port's count only.
  static final int MOST_DESTINATIONS = 64;

  private static final String PORT = "port";
  private static final String SEEN_4 = "seen4";
  private static final String SEEN_6 = "seen6";
  private static final String COUNTED = "counted";

  /// `NF_IP_PRI_FILTER`
  private static final int FILTER_PRIORITY = 0;

  /// How many connections to a port there were since the rules were written.
  ///
  /// @param destinations the busiest first
  public record Count(int port, long connections, List<Destination> destinations) {}

  /// How many to one address.
  public record Destination(String address, long connections) {}

  public ShadowRules {
    ports = new TreeSet<>(ports);
    targets = List.copyOf(targets);
    if (ports.isEmpty()) {
      throw new IllegalArgumentException("shadow rules (expected: at least one port)");
    }
  }

  /// Without connections that would begin with a header of the PROXY protocol.
  public ShadowRules(SortedSet<Integer> ports, Destinations destinations) {
    this(ports, destinations, List.of());
  }

  /// The table that counts; counts begin at zero.
  Table table() {
    boolean someOnly = !destinations.include().isEmpty();
    List<NftSet> sets = new ArrayList<>();
    sets.add(NftSet.of("ports", Key.INET_SERVICE, ports.stream().map(Data::port).toList()));
    sets.add(NftSet.ofDynamic(SEEN_4, Key.IPV4_ADDRESS.then(Key.INET_SERVICE), MOST_DESTINATIONS));
    sets.add(NftSet.ofDynamic(SEEN_6, Key.IPV6_ADDRESS.then(Key.INET_SERVICE), MOST_DESTINATIONS));
    sets.addAll(RedirectRules.destinations("excluded", RedirectRules.excluded(destinations)));
    if (someOnly) {
      sets.addAll(RedirectRules.destinations("included", destinations.include()));
    }
    for (int i = 0; i < targets.size(); i++) {
      sets.addAll(targets.get(i).sets(i));
    }
    SortedSet<Integer> countedPorts = ProxyTarget.ports(targets);
    countedPorts.addAll(ports);
    List<Rule> output = new ArrayList<>();
    output.add(Rule.matching().outDevice("lo").returns());
    output.addAll(RedirectRules.spared());
    List<Rule> counted = new ArrayList<>();
    for (int port : countedPorts) {
      counted.add(Rule.matching().tcp().port(port).count(PORT + port));
    }
    for (Family family : Family.values()) {
      Rule.Family header = RedirectRules.header(family);
      for (int i = 0; i < targets.size(); i++) {
        if (targets.get(i).has(family)) {
          // A goto: no later rule counts it once more.
          output.add(
              RedirectRules.towards(family, i)
                  .tcp()
                  .syn()
                  .portIn(ProxyTarget.portsSet(i))
                  .goTo(COUNTED));
        }
      }
      Rule.Builder captured = Rule.matching().family(header);
      if (someOnly) {
        captured.destinationIn(header, family == Family.IPV4 ? "included4" : "included6");
      }
      output.add(captured.tcp().syn().portIn("ports").jump(COUNTED));
      // A rule ends where its set is full, so these come last.
      counted.add(
          Rule.matching()
              .family(header)
              .tcp()
              .countDestination(header, family == Family.IPV4 ? SEEN_4 : SEEN_6));
    }
    return new Table(
        Tenant.AGENT.table(),
        countedPorts.stream().map(port -> Counter.of(PORT + port)).toList(),
        sets,
        List.of(
            Chain.output("output", "filter", FILTER_PRIORITY, output), Chain.of(COUNTED, counted)));
  }

  /// What a table has counted, by port.
  static List<Count> counts(Table table) {
    TreeMap<Integer, List<Destination>> destinations = new TreeMap<>();
    for (String set : List.of(SEEN_4, SEEN_6)) {
      for (Element element : table.elements(set)) {
        ByteBuffer key = ByteBuffer.wrap(element.first().toBytes());
        byte[] address = new byte[set.equals(SEEN_4) ? 4 : 16];
        key.get(address);
        destinations
            .computeIfAbsent(key.getShort() & 0xffff, _ -> new ArrayList<>())
            .add(new Destination(text(address), element.packets()));
      }
    }
    TreeMap<Integer, Count> counts = new TreeMap<>();
    for (Counter counter : table.counters()) {
      if (counter.name().matches(PORT + "\\d{1,5}")) {
        int port = Integer.parseInt(counter.name().substring(PORT.length()));
        List<Destination> seen = destinations.getOrDefault(port, new ArrayList<>());
        seen.sort(Comparator.comparingLong(Destination::connections).reversed());
        counts.put(port, new Count(port, counter.packets(), seen));
      }
    }
    return List.copyOf(counts.values());
  }

  private static String text(byte[] address) {
    try {
      return NetUtil.toAddressString(InetAddress.getByAddress(address));
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 or 16 bytes", e);
    }
  }
}
