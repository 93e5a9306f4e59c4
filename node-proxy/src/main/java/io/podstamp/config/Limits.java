package io.podstamp.config;

import java.util.OptionalInt;

/// What one Pod's captured connections may hold before new ones wait.
///
/// @param connections at once; empty: a quarter of what the agent can carry
/// @param bufferedMebibytes that wait for slow receivers
/// @param headerBlockKibibytes of one header block of HTTP/2, which is held until it is whole
public record Limits(OptionalInt connections, int bufferedMebibytes, int headerBlockKibibytes) {
  /// An eighth of the agent's direct memory (`bin/podstamp`); more metadata than gRPC's servers
  /// take unless they are told to (8 KiB to 64 KiB).
  public static final Limits DEFAULT = new Limits(OptionalInt.empty(), 64, 256);
}
