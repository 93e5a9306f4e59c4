package io.podstamp.identity;

/// Asks where a Pod is that this Node's directory does not know; for an operator who asks, never on
/// the way of a connection or of CNI.
public interface PodLocator {
  /// Blocks for a second at most. Never throws for the API server's trouble.
  Place find(String namespace, String name);

  /// What came back.
  sealed interface Place {
    /// On the Node of that name.
    record OnNode(String node) implements Place {}

    /// Nowhere yet: the scheduler has not found a Node for it.
    record Unscheduled() implements Place {}

    /// There is no such Pod.
    record Absent() implements Place {}

    /// No answer.
    record Unknown(String why) implements Place {}
  }
}
