package io.podstamp.nftables;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// What is in a set: one key, or all from one to another in a set of intervals.
///
/// @param first the key
/// @param last the same, or the last one of an interval
/// @param timeoutMillis how long it stays; 0: for ever
/// @param packets what its counter says; 0 without one
public record Element(Data first, Data last, long timeoutMillis, long packets)
    implements Comparable<Element> {

  /// One key that stays.
  public static Element of(Data key) {
    return new Element(key, key, 0, 0);
  }

  /// One key that goes by itself.
  public static Element of(Data key, long timeoutMillis) {
    return new Element(key, key, timeoutMillis, 0);
  }

  /// An interval, both ends in it.
  public static Element interval(Data first, Data last) {
    return new Element(first, last, 0, 0);
  }

  /// All addresses of a block.
  ///
  /// @param address the first one
  /// @param prefix how many bits they share
  public static Element block(InetAddress address, int prefix) {
    byte[] last = address.getAddress();
    for (int bit = prefix; bit < last.length * Byte.SIZE; bit++) {
      last[bit / Byte.SIZE] |= (byte) (0x80 >> bit % Byte.SIZE);
    }
    return interval(Data.of(address), Data.of(last));
  }

  /// The same keys in as few intervals as possible: those that overlap or touch are one. The kernel
  /// takes no overlapping ones.
  public static List<Element> merged(List<Element> intervals) {
    List<Element> merged = new ArrayList<>();
    for (Element next : intervals.stream().sorted().toList()) {
      Element before = merged.isEmpty() ? null : merged.getLast();
      if (before == null
          || (!before.last.isLast() && before.last.plus(1).compareTo(next.first) < 0)) {
        merged.add(next);
      } else if (next.last.compareTo(before.last) > 0) {
        merged.set(merged.size() - 1, interval(before.first, next.last));
      }
    }
    return merged;
  }

  @Override
  public int compareTo(Element other) {
    return first.compareTo(other.first);
  }
}
