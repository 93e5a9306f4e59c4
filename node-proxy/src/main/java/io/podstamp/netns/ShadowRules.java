package io.podstamp.netns;

import io.podstamp.config.Destinations;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The rules of shadow mode as nft text: the connections that [RedirectRules] would redirect are
/// counted by port and by destination, and go on as if nobody looked. No NAT, so that connection
/// tracking stays off. Pure: [RuleInstaller] brings them into the kernel.
///
/// A SYN is counted, and so is its repetition when nobody answers. What a connection speaks is not
/// known: nobody reads it.
///
/// @param ports those that would be captured
public record ShadowRules(SortedSet<Integer> ports, Destinations destinations) {
  /// Destinations counted one by one, of each family; further ones are in the port's count only.
  static final int MOST_DESTINATIONS = 64;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PORT = "port";

  /// How many connections to a port there were since the rules were written.
  ///
  /// @param destinations the busiest first
  public record Count(int port, long connections, List<Destination> destinations) {}

  /// How many to one address.
  public record Destination(String address, long connections) {}

  public ShadowRules {
    ports = new TreeSet<>(ports);
    if (ports.isEmpty()) {
      throw new IllegalArgumentException("shadow rules (expected: at least one port)");
    }
  }

  /// One transaction that replaces whatever our table held; counts begin at zero.
  String transaction() {
    StringBuilder nft = new StringBuilder(RedirectRules.removal());
    nft.append("table inet ").append(RedirectRules.TABLE).append(" {\n");
    ports.forEach(port -> nft.append("  counter ").append(PORT).append(port).append(" {\n  }\n"));
    RedirectRules.set(
        nft, "ports", "inet_service", "", ports.stream().map(String::valueOf).toList());
    String bounded = "size " + MOST_DESTINATIONS + "; flags dynamic;";
    RedirectRules.set(nft, "seen4", "ipv4_addr . inet_service", bounded, List.of());
    RedirectRules.set(nft, "seen6", "ipv6_addr . inet_service", bounded, List.of());
    RedirectRules.destinations(nft, "excluded", RedirectRules.excluded(destinations));
    boolean someOnly = !destinations.include().isEmpty();
    if (someOnly) {
      RedirectRules.destinations(nft, "included", destinations.include());
    }
    nft.append("  chain output {\n    type filter hook output priority 0; policy accept;\n");
    RedirectRules.rule(nft, "oifname \"lo\" return");
    RedirectRules.rule(nft, "ip daddr @excluded4 return");
    RedirectRules.rule(nft, "ip6 daddr @excluded6 return");
    String syn = "tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports jump counted";
    RedirectRules.rule(nft, (someOnly ? "ip daddr @included4 " : "meta nfproto ipv4 ") + syn);
    RedirectRules.rule(nft, (someOnly ? "ip6 daddr @included6 " : "meta nfproto ipv6 ") + syn);
    nft.append("  }\n  chain counted {\n");
    ports.forEach(
        port ->
            RedirectRules.rule(nft, "tcp dport " + port + " counter name \"" + PORT + port + "\""));
    // A rule ends where its set is full, so these come last.
    RedirectRules.rule(nft, "meta nfproto ipv4 add @seen4 { ip daddr . tcp dport counter }");
    RedirectRules.rule(nft, "meta nfproto ipv6 add @seen6 { ip6 daddr . tcp dport counter }");
    return nft.append("  }\n}\n").toString();
  }

  /// What `nft --json` lists of the table (libnftables-json(5)), by port.
  static List<Count> counts(String json) {
    TreeMap<Integer, Long> connections = new TreeMap<>();
    TreeMap<Integer, List<Destination>> destinations = new TreeMap<>();
    for (JsonNode object : JSON.readTree(json).path("nftables")) {
      JsonNode counter = object.path("counter");
      if (counter.path("name").asString("").startsWith(PORT)) {
        connections.put(
            Integer.parseInt(counter.get("name").asString().substring(PORT.length())),
            counter.path("packets").asLong());
      }
      for (JsonNode element : object.path("set").path("elem")) {
        JsonNode seen = element.path("elem");
        JsonNode key = seen.path("val").path("concat");
        if (key.size() == 2 && seen.has("counter")) {
          destinations
              .computeIfAbsent(key.get(1).asInt(), _ -> new ArrayList<>())
              .add(
                  new Destination(
                      key.get(0).asString(), seen.path("counter").path("packets").asLong()));
        }
      }
    }
    List<Count> counts = new ArrayList<>();
    connections.forEach(
        (port, count) -> {
          List<Destination> seen = destinations.getOrDefault(port, List.of());
          counts.add(
              new Count(
                  port,
                  count,
                  seen.stream()
                      .sorted((a, b) -> Long.compare(b.connections(), a.connections()))
                      .toList()));
        });
    return counts;
  }
}
