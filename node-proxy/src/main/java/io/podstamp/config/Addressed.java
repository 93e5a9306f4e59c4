package io.podstamp.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// A rule for connections to some destinations.
public interface Addressed {
  /// As dialled: a Service's address, not its Pods'.
  List<Cidr> destinations();

  /// At these ports only.
  List<Integer> ports();

  /// Whether it is for connections to this port.
  default boolean hasPort(int port) {
    List<Integer> ports = ports();
    for (int i = 0; i < ports.size(); i++) {
      if (ports.get(i) == port) {
        return true;
      }
    }
    return false;
  }

  /// Whether it is for connections to there. Ports are looked at first, so that a connection to
  /// another port costs nothing.
  default boolean isFor(InetSocketAddress destination) {
    return hasPort(destination.getPort()) && covers(destination.getAddress());
  }

  private boolean covers(InetAddress address) {
    return destinations().stream().anyMatch(block -> block.contains(address));
  }
}
