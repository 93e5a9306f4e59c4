package io.podstamp.config;

import java.util.List;

/// Where requests carry a signed token, and for whom it is.
///
/// @param ports of those that are captured; a rule captures none by itself
/// @param audience `aud`: the receivers at these destinations, and nobody else
public record TokenRule(List<Cidr> destinations, List<Integer> ports, String audience)
    implements Addressed {
  public TokenRule {
    destinations = List.copyOf(destinations);
    ports = ports.stream().distinct().sorted().toList();
  }
}
