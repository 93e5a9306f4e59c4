package io.podstamp.http1;

import io.podstamp.guard.TripwireFuzz;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A short run of every fuzz target on known mutations; `scripts/fuzz.sh` lets Jazzer run them for
/// long. `-Dpodstamp.fuzz.runs=N` runs more here.
class FuzzTest {
  private static final int RUNS = Integer.getInteger("podstamp.fuzz.runs", 100_000);

  @Test
  void connection_knownMutations() {
    ConnectionFuzz.fuzzerInitialize();
    run(20261123, ConnectionFuzz::fuzzerTestOneInput, 2);
  }

  @Test
  void tripwire_knownMutations() {
    run(20261124, TripwireFuzz::fuzzerTestOneInput, 4);
  }

  private interface Target {
    void run(byte[] data);
  }

  private static void run(long seed, Target target, int choices) {
    Mutations mutations = new Mutations(seed);
    Random random = new Random(seed);
    for (int i = 0; i < RUNS; i++) {
      byte[] bytes = mutations.next();
      byte[] data = new byte[choices + bytes.length];
      random.nextBytes(data);
      System.arraycopy(bytes, 0, data, choices, bytes.length);
      try {
        target.run(data);
      } catch (Throwable e) {
        throw new AssertionError("seed %d, run %d".formatted(seed, i), e);
      }
    }
  }
}
