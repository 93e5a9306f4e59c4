package io.podstamp.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
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
    OnMissing onMissing) {
  public ProxyRule {
    destinations = List.copyOf(destinations);
    ports = ports.stream().distinct().sorted().toList();
    tlvs = List.copyOf(tlvs);
  }

  /// Whether it is for connections to this port.
  public boolean hasPort(int port) {
    for (int i = 0; i < ports.size(); i++) {
      if (ports.get(i) == port) {
        return true;
      }
    }
    return false;
  }

  /// Whether it is for connections to there.
  public boolean isFor(InetSocketAddress destination) {
    return hasPort(destination.getPort()) && covers(destination.getAddress());
  }

  private boolean covers(InetAddress address) {
    return destinations.stream().anyMatch(block -> block.contains(address));
  }

  /// The same for other destinations.
  ProxyRule towards(List<Cidr> others, int port) {
    return new ProxyRule(others, List.of(port), receiver, tlvs, mode, onMissing);
  }
}
