package io.podstamp.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.accept.Capacity;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BypassTest {
  private static final Duration AWAKE = Duration.ZERO;
  private static final long MOST = 1_000;

  private final AtomicLong memory = new AtomicLong();
  private final Capacity capacity = Capacity.unlimited();
  private final Bypass bypass = new Bypass(capacity, memory::get, MOST);

  @Test
  void look_nothingWrong_leasesAreGiven() {
    assertThat(bypass.look(AWAKE)).isFalse();
    assertThat(bypass.cause()).isNull();
    assertThat(bypass.lease()).isEqualTo(LeaseKeeper.LASTING);
    assertThat(capacity.most()).isPositive().isLessThan(Integer.MAX_VALUE);
  }

  @Test
  void look_memoryUsedUp_noLeases_andNobodyIsAccepted_untilClearlyLess() {
    memory.set(900);
    assertThat(bypass.look(AWAKE)).isTrue();
    assertThat(bypass.cause()).contains("memory");
    assertThat(bypass.lease()).isZero();
    assertThat(capacity.isFull()).isTrue();

    memory.set(800);
    assertThat(bypass.look(AWAKE)).isFalse();
    assertThat(bypass.lease()).isZero();

    memory.set(700);
    assertThat(bypass.look(AWAKE)).isTrue();
    assertThat(bypass.lease()).isEqualTo(LeaseKeeper.LASTING);
    assertThat(capacity.isFull()).isFalse();
  }

  @Test
  void look_loopSilent_isTrouble() {
    assertThat(bypass.look(LeaseKeeper.LONGEST_SILENCE.plusSeconds(1))).isTrue();
    assertThat(bypass.cause()).contains("silent for 8 s");
    assertThat(bypass.look(AWAKE)).isTrue();
  }

  @Test
  void descriptors_ofThisProcess_leaveRoom_connectionsThatAreThereCountAsRoom() throws IOException {
    Descriptors read = Descriptors.read();
    assertThat(read.open()).isBetween(3L, read.most());

    Descriptors few = new Descriptors(300, 1_000);
    assertThat(few.connections(0)).isEqualTo(318);
    assertThat(few.connections(100)).isEqualTo(418);
    assertThat(new Descriptors(990, 1_000).connections(0)).isZero();
  }
}
