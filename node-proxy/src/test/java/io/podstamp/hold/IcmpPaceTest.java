package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IcmpPaceTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void next_burstAtOnce_thenEvenly() {
    IcmpPace pace = new IcmpPace(100, 10);
    long[] waits = IntStream.range(0, 30).mapToLong(_ -> pace.next(5 * SECOND)).toArray();
    assertThat(waits).startsWith(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(waits[10]).isEqualTo(SECOND / 100);
    assertThat(waits[29]).isEqualTo(20 * SECOND / 100);
  }

  @Test
  void next_afterSilence_hasItsBurstAgain() {
    IcmpPace pace = new IcmpPace(100, 10);
    IntStream.range(0, 1000).forEach(_ -> pace.next(5 * SECOND));
    assertThat(pace.next(5 * SECOND)).isEqualTo(991 * SECOND / 100);
    long later = 60 * SECOND;
    assertThat(IntStream.range(0, 10).mapToLong(_ -> pace.next(later))).containsOnly(0L);
    assertThat(pace.next(later)).isPositive();
  }

  /// System.nanoTime() begins anywhere.
  @Test
  void next_timeBeforeZero() {
    IcmpPace pace = new IcmpPace(100, 1);
    assertThat(pace.next(-7 * SECOND)).isZero();
    assertThat(pace.next(-7 * SECOND)).isEqualTo(SECOND / 100);
  }
}
