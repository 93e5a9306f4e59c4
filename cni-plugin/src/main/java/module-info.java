import org.jspecify.annotations.NullMarked;

/// The CNI plugin, and what it has in common with the agent: the CNI vocabulary and the wire
/// contract. Nothing but `java.base`, because a container runtime starts it for every Pod.
@NullMarked
module io.podstamp.cni {
  requires static org.jspecify;

  exports io.podstamp.cni;
  exports io.podstamp.wire;
}
