package io.podstamp.nftables;

import java.util.List;

/// A table of the family `inet`, which holds the rules of IPv4 and IPv6, with all that is in it.
///
/// @param flags `NFT_TABLE_F_…`; 0 unless somebody has put it to sleep
public record Table(
    String name, int flags, List<Counter> counters, List<NftSet> sets, List<Chain> chains) {

  public Table {
    counters = List.copyOf(counters);
    sets = List.copyOf(sets);
    chains = List.copyOf(chains);
  }

  public Table(String name, List<Counter> counters, List<NftSet> sets, List<Chain> chains) {
    this(name, 0, counters, sets, chains);
  }

  /// Without what changes by itself: counts, and elements that time out or that rules add. Two of
  /// these are equal exactly if a packet fares the same in both.
  public Table lasting() {
    return new Table(
        name,
        flags,
        counters.stream().map(counter -> Counter.of(counter.name())).toList(),
        sets.stream().map(NftSet::lasting).toList(),
        chains);
  }

  /// The elements of a set; none if there is no such set.
  public List<Element> elements(String set) {
    return sets.stream()
        .filter(candidate -> candidate.name().equals(set))
        .flatMap(found -> found.elements().stream())
        .toList();
  }
}
