package io.podstamp.identity;

import io.podstamp.pod.PodRef;
import org.jspecify.annotations.Nullable;

/// Writes what became of a Pod into its annotation `podstamp.io/status`. Needs the right to patch
/// Pods, so it is only made when the operator asks for it.
public interface StatusWriter {
  /// Writes one sentence. Blocks: not for an event loop. Never throws for the API server's trouble.
  ///
  /// @param status null takes the annotation away
  /// @return whether it is written now
  boolean write(PodRef pod, @Nullable String status);
}
