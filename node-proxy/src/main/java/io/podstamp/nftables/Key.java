package io.podstamp.nftables;

import java.util.stream.IntStream;

/// The type of a set's keys. The kernel knows their length only; the number of the type is for
/// `nft`, which shows by it what they mean (`enum datatypes` of `nft`).
///
/// @param type of several fields each takes six bits, the first one the highest
/// @param length in bytes; of several fields each is filled up to four
public record Key(int type, int length) {
  public static final Key IPV4_ADDRESS = new Key(7, 4);
  public static final Key IPV6_ADDRESS = new Key(8, 16);
  public static final Key INET_PROTOCOL = new Key(12, 1);
  public static final Key INET_SERVICE = new Key(13, 2);

  private static final int TYPE_BITS = 6;
  private static final int REGISTER = 4;

  /// Two fields, one behind the other.
  public Key then(Key field) {
    return new Key(type << TYPE_BITS | field.type, padded(length) + padded(field.length));
  }

  /// Whether these are the bytes of a packet, whose order `nft` has to know.
  boolean isInNetworkOrder() {
    return IntStream.of(IPV4_ADDRESS.type, IPV6_ADDRESS.type, INET_SERVICE.type)
        .anyMatch(known -> known == type);
  }

  boolean isConcatenation() {
    return type >= 1 << TYPE_BITS;
  }

  private static int padded(int length) {
    return (length + REGISTER - 1) / REGISTER * REGISTER;
  }
}
