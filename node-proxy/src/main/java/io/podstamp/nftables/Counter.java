package io.podstamp.nftables;

/// A named counter.
public record Counter(String name, long packets, long bytes) {
  /// One that begins at zero.
  public static Counter of(String name) {
    return new Counter(name, 0, 0);
  }
}
