package io.podstamp.install;

import java.time.Instant;

/// Where podstamp stands in the network that the container runtime uses.
///
/// @param reason one sentence about what is wrong; empty when nothing is
/// @param since when it began to be so
/// @param mends how often podstamp's entry was put back since the agent started
public record ChainStatus(State state, String reason, Instant since, int mends) {
  /// Whether new Pods meet the plugin.
  public enum State {
    CHAINED,
    /// Chained now, but another agent takes the entry out again and again: some Pods miss the
    /// plugin.
    FIGHT,
    NOT_CHAINED
  }

  /// Nothing is chained, and nothing will be.
  public static ChainStatus notChained(String reason, Instant since) {
    return new ChainStatus(State.NOT_CHAINED, reason, since, 0);
  }
}
