package io.podstamp.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HeapTrimTest {
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger collections = new AtomicInteger();
  private final HeapTrim trim = new HeapTrim(connections::get, collections::incrementAndGet);

  @Test
  void look_waveHasEbbed_collectsOnce_afterThreeLooks() {
    lookAt(9_000);
    lookAt(90);
    lookAt(90);
    assertThat(collections).hasValue(0);
    lookAt(90);
    assertThat(collections).hasValue(1);
    lookAt(90);
    lookAt(90);
    lookAt(90);
    assertThat(collections).hasValue(1);
  }

  @Test
  void look_waveComesBack_doesNotCollect_untilItHasEbbed() {
    lookAt(9_000);
    lookAt(0);
    lookAt(0);
    lookAt(8_000);
    lookAt(0);
    lookAt(0);
    assertThat(collections).hasValue(0);
    lookAt(0);
    assertThat(collections).hasValue(1);
  }

  @Test
  void look_manyAreLeft_doesNotStopThem() {
    lookAt(16_000);
    for (int i = 0; i < 10; i++) {
      lookAt(2_001);
    }
    assertThat(collections).hasValue(0);
  }

  @Test
  void look_littleToGain_doesNotCollect() {
    lookAt(3_999);
    for (int i = 0; i < 10; i++) {
      lookAt(0);
    }
    assertThat(collections).hasValue(0);
  }

  private void lookAt(int now) {
    connections.set(now);
    trim.look();
  }
}
