package io.podstamp.capture;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Rounds of [PodModel], each with a seed of its own: `-Dpodstamp.rounds=N`, and
/// `-Dpodstamp.seed=S` for the first one's, as a failure prints it.
class PodModelTest {
  private static final int ROUNDS = Integer.getInteger("podstamp.rounds", 10_000);
  private static final long FIRST_SEED = Long.getLong("podstamp.seed", System.nanoTime());

  private final Logger log = (Logger) LoggerFactory.getLogger("io.podstamp.capture");

  /// Failures are injected by the thousand.
  @BeforeEach
  void beQuiet() {
    log.setLevel(Level.OFF);
  }

  @AfterEach
  void beLoud() {
    log.setLevel(null);
  }

  @Test
  void allAtOnceInAnyOrder_atRest_isAsTheLastWordOfEachWantsIt() throws InterruptedException {
    long seed = FIRST_SEED;
    for (int round = 0; round < ROUNDS; round++, seed++) {
      try {
        new PodModel(seed).run();
      } catch (AssertionError e) {
        throw new AssertionError(
            "-Dpodstamp.seed=%d -Dpodstamp.rounds=1: %s".formatted(seed, e.getMessage()), e);
      }
    }
    assertThat(seed).isEqualTo(FIRST_SEED + ROUNDS);
  }
}
