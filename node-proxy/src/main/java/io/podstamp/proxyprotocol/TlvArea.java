package io.podstamp.proxyprotocol;

import java.util.ArrayList;
import java.util.List;

/// What fits of the TLVs that are wanted: each in the order of its importance takes the room that
/// those before it left. None is cut.
///
/// @param kept in the order of their importance
/// @param leftOut likewise
public record TlvArea(List<Tlv> kept, List<Tlv> leftOut) {
  /// Bytes by which the addresses of IPv6 are longer, at the cost of the TLVs.
  private static final int IPV6_MORE = 24;

  public TlvArea {
    kept = List.copyOf(kept);
    leftOut = List.copyOf(leftOut);
  }

  /// Chooses.
  ///
  /// @param wanted in the order of their importance
  /// @param most bytes that the receiver takes behind addresses of IPv4
  /// @param isIpv4 whether the addresses are
  public static TlvArea of(List<Tlv> wanted, int most, boolean isIpv4) {
    int room = isIpv4 ? most : most - IPV6_MORE;
    List<Tlv> kept = new ArrayList<>();
    List<Tlv> leftOut = new ArrayList<>();
    for (Tlv tlv : wanted) {
      if (tlv.isLegal() && tlv.length() <= room) {
        room -= tlv.length();
        kept.add(tlv);
      } else {
        leftOut.add(tlv);
      }
    }
    return new TlvArea(kept, leftOut);
  }
}
