package io.podstamp.config;

import java.util.List;
import java.util.Set;

/// Where listeners of ours are in a Pod. An agent whose Pod holds its SYNs has the queue of the
/// same number, so that two agents on a Node never share either.
public final class ListenPorts {
  /// Tried in this order: outside the ephemeral range (32768-60999) and clear of the meshes' ports.
  public static final List<Integer> ALL = List.of(15901, 15902, 15903, 15904);

  private ListenPorts() {}

  /// The same without those that a Pod's containers want for themselves, unless they want all.
  public static List<Integer> allBut(Set<Integer> wanted) {
    List<Integer> left = ALL.stream().filter(port -> !wanted.contains(port)).toList();
    return left.isEmpty() ? ALL : left;
  }
}
