package io.podstamp.redirect;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.accept.Probe.Outcome;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProofTest {
  private final Proof proof = new Proof();

  @Test
  void notCaptured_whileConnectionsWereHeldBackOrLetPast_saysNothing_andIsDueAgain() {
    assertThat(proof.renew(() -> Outcome.NOT_CAPTURED, () -> false)).isNull();
    assertThat(proof.failure()).isNull();
    assertThat(proof.told()).isEmpty();
    assertThat(proof.isDue()).isTrue();
  }

  @Test
  void captured_whileConnectionsWereHeldBackOrLetPast_leavesAFailureInForce() {
    String failure = proof.renew(() -> Outcome.NOT_CAPTURED, () -> true);
    assertThat(failure).contains("was not captured");
    assertThat(proof.renew(() -> Outcome.CAPTURED, () -> false)).isEqualTo(failure);
    assertThat(proof.isDue()).isTrue();
    assertThat(proof.renew(() -> Outcome.CAPTURED, () -> true)).isNull();
    assertThat(proof.isDue()).isFalse();
  }

  /// The probe may have waited behind a closed gate until its time was up.
  @Test
  void fails_whileConnectionsWereHeldBack_saysNothing() {
    assertThat(
            proof.renew(
                () -> {
                  throw new IOException("timed out");
                },
                () -> false))
        .isNull();
    assertThat(proof.isDue()).isTrue();
  }

  @Test
  void fails_otherwise_isAFailure() {
    assertThat(
            proof.renew(
                () -> {
                  throw new IOException("no route");
                },
                () -> true))
        .contains("no route");
  }

  @Test
  void rulesWritten_expireWhatWasShown() {
    assertThat(proof.renew(() -> Outcome.NOT_CAPTURED, () -> true)).isNotNull();
    proof.expire();
    assertThat(proof.failure()).isNull();
    assertThat(proof.isDue()).isTrue();
  }
}
