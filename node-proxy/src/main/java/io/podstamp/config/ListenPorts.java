package io.podstamp.config;

import java.util.List;

/// Where listeners of ours are in a Pod. An agent whose Pod holds its SYNs has the queue of the
/// same number, so that two agents on a Node never share either.
public final class ListenPorts {
  /// Tried in this order: outside the ephemeral range (32768-60999) and clear of the meshes' ports.
  public static final List<Integer> ALL = List.of(15901, 15902, 15903, 15904);

  private ListenPorts() {}
}
