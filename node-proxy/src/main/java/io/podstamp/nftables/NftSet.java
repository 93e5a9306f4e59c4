package io.podstamp.nftables;

import java.util.List;

/// A named set.
///
/// @param flags `NFT_SET_…`
/// @param size how many elements there may be; 0: no limit
/// @param elements sorted by their keys
public record NftSet(String name, Key key, int flags, int size, List<Element> elements) {
  /// `enum nft_set_flags`: elements are intervals; elements go by themselves; elements are added by
  /// rules.
  static final int INTERVAL = 0x4;

  static final int TIMEOUT = 0x10;
  static final int EVAL = 0x20;

  public NftSet {
    elements = elements.stream().sorted().toList();
  }

  /// Keys that stay.
  public static NftSet of(String name, Key key, List<Data> keys) {
    return new NftSet(name, key, 0, 0, keys.stream().distinct().map(Element::of).toList());
  }

  /// Intervals that stay; they may overlap.
  public static NftSet ofIntervals(String name, Key key, List<Element> intervals) {
    return new NftSet(name, key, INTERVAL, 0, Element.merged(intervals));
  }

  /// Keys that go by themselves.
  public static NftSet ofTimeouts(String name, Key key, List<Element> elements) {
    return new NftSet(name, key, TIMEOUT, 0, elements);
  }

  /// One that rules add to, up to a size.
  public static NftSet ofDynamic(String name, Key key, int size) {
    return new NftSet(name, key, EVAL, size, List.of());
  }

  boolean isInterval() {
    return (flags & INTERVAL) != 0;
  }

  /// Without elements that come or go by themselves.
  NftSet lasting() {
    return (flags & (TIMEOUT | EVAL)) == 0 ? this : new NftSet(name, key, flags, size, List.of());
  }
}
