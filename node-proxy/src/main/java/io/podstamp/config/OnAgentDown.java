package io.podstamp.config;

/// What the CNI plugin answers for a new Pod while the agent cannot be reached.
public enum OnAgentDown {
  /// The Pod starts unstamped; the agent adopts it once it is up.
  OPEN,
  /// The Pod waits: error 11, "try again later".
  CLOSED
}
