package io.podstamp.config;

import java.util.OptionalInt;

/// What one Pod's captured connections may hold before new ones wait.
///
/// @param connections at once; empty: a quarter of what the agent can carry
/// @param bufferedMebibytes that wait for slow receivers
public record Limits(OptionalInt connections, int bufferedMebibytes) {
  /// An eighth of the agent's direct memory (`bin/podstamp`).
  public static final Limits DEFAULT = new Limits(OptionalInt.empty(), 64);
}
