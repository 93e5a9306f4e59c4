package io.podstamp.config;

import java.util.List;

/// Where connections begin with a header of the PROXY protocol, and with which.
///
/// @param destinations as dialled: a Service's address, not its Pods'
/// @param ports captured towards these destinations, whether or not the Pod's ports have them;
///   ascending, each once
/// @param tlvs the most important first
public record ProxyRule(
    List<Cidr> destinations,
    List<Integer> ports,
    Receiver receiver,
    List<ProxyTlv> tlvs,
    OwnHeader mode,
    OnMissing onMissing)
    implements Addressed {
  public ProxyRule {
    destinations = List.copyOf(destinations);
    ports = ports.stream().distinct().sorted().toList();
    tlvs = List.copyOf(tlvs);
  }

  /// The same for other destinations.
  ProxyRule towards(List<Cidr> others, int port) {
    return new ProxyRule(others, List.of(port), receiver, tlvs, mode, onMissing);
  }
}
