package io.podstamp.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Profile;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// Nothing forged leaves of the [Sequences]. For a long run: `-Dpodstamp.sequences=1000000
/// -Dpodstamp.sequences.seed=7`.
class SequencesTest {
  private static final long SEED = Long.getLong("podstamp.sequences.seed", 20261201);
  private static final int COUNT = Integer.getInteger("podstamp.sequences", 3_000);

  @Test
  void nothingForgedLeaves_ofGeneratedConnections() {
    for (int i = 0; i < COUNT; i++) {
      for (Profile profile : Profile.values()) {
        Sequences sequences =
            new Sequences(
                RandomGeneratorFactory.of("L64X128MixRandom").create(SEED * 1_000_003 + i));
        List<String> said = sequences.next();
        assertThat(sequences.through(profile, said).upstream())
            .as("seed %d, connection %d, %s: %s", SEED, i, profile, said)
            .doesNotContain("evil");
      }
    }
  }
}
