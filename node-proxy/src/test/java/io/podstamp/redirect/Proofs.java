package io.podstamp.redirect;

import io.podstamp.accept.Probe;
import org.jspecify.annotations.Nullable;

/// Proofs for redirects that are not in a kernel.
public final class Proofs {
  private Proofs() {}

  /// Rules were written.
  public static void expire(Proof proof) {
    proof.expire();
  }

  public static boolean isDue(Proof proof) {
    return proof.isDue();
  }

  /// A connection was made inside the Pod.
  ///
  /// @return what is wrong; null if nothing
  public static @Nullable String renew(Proof proof, boolean captured) {
    return proof.renew(
        () -> captured ? Probe.Outcome.CAPTURED : Probe.Outcome.NOT_CAPTURED, () -> true);
  }
}
