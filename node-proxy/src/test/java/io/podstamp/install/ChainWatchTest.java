package io.podstamp.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podstamp.install.ChainStatus.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ChainWatchTest {
  private static final Outcome CHANGED = new Outcome.Changed(Path.of("10-a.conflist"));
  private static final Outcome UNCHANGED = new Outcome.Unchanged(Path.of("10-a.conflist"));
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final AtomicLong nanos = new AtomicLong(1);
  private final AtomicReference<Outcome> next = new AtomicReference<>(UNCHANGED);
  private final ChainWatch watch =
      new ChainWatch(next::get, PERIOD, nanos::get, () -> Instant.ofEpochSecond(0, nanos.get()));

  private void look(Outcome outcome) {
    next.set(outcome);
    watch.look();
  }

  @Test
  void anotherAgentUpgrades_isMendedAtOnce() {
    look(CHANGED);
    for (int i = 0; i < Backoff.MENDS_WITHOUT_FIGHT; i++) {
      look(CHANGED);
      look(UNCHANGED);
    }

    assertThat(watch.pause()).isEqualTo(PERIOD);
    assertThat(watch.status().state()).isEqualTo(State.CHAINED);
    assertThat(watch.status().mends()).isEqualTo(Backoff.MENDS_WITHOUT_FIGHT);
  }

  @Test
  void notLookedAtYet_isNotChained() {
    assertThat(watch.status().state()).isEqualTo(State.NOT_CHAINED);
    assertThat(watch.status().reason()).contains("not looked at yet");
  }

  @Test
  void fight_isReportedAndLookedAtEverMoreSeldom() {
    look(CHANGED);
    Duration longest = PERIOD;
    for (int i = 0; i < 30; i++) {
      look(CHANGED);
      look(UNCHANGED);
      assertThat(watch.pause())
          .isGreaterThanOrEqualTo(longest)
          .isLessThanOrEqualTo(Duration.ofMinutes(5));
      longest = watch.pause();
    }

    assertThat(longest).isEqualTo(Duration.ofMinutes(5));
    assertThat(watch.status().state()).isEqualTo(State.FIGHT);
    assertThat(watch.status().reason()).contains("10-a.conflist: another agent takes podstamp out");
    assertThat(watch.status().mends()).isEqualTo(30);
  }

  @Test
  void fightOver_isForgotten() {
    look(CHANGED);
    for (int i = 0; i <= Backoff.MENDS_WITHOUT_FIGHT; i++) {
      look(CHANGED);
    }
    assertThat(watch.status().state()).isEqualTo(State.FIGHT);

    nanos.addAndGet(Backoff.PEACE.toNanos() + 1);
    look(UNCHANGED);
    assertThat(watch.status().state()).isEqualTo(State.CHAINED);
    assertThat(watch.status().since()).isEqualTo(Instant.ofEpochSecond(0, nanos.get()));
    look(CHANGED);
    assertThat(watch.pause()).isEqualTo(PERIOD);
  }

  @Test
  void halfWritten_isNoProblemYet() {
    look(new Outcome.LeftAlone("10-a.conflist: ends after 3 bytes (expected: '}')"));
    look(CHANGED);

    assertThat(watch.status().state()).isEqualTo(State.CHAINED);
  }

  @Test
  void brokenTwice_isAProblemUntilItIsGood() {
    Outcome broken = new Outcome.LeftAlone("10-a.conflist: ends after 3 bytes (expected: '}')");
    look(broken);
    look(broken);
    assertThat(watch.status().state()).isEqualTo(State.NOT_CHAINED);
    assertThat(watch.status().reason()).contains("ends after 3 bytes");

    look(UNCHANGED);
    assertThat(watch.status().state()).isEqualTo(State.CHAINED);
    assertThat(watch.status().reason()).isEmpty();
  }

  @Test
  void lookThrows_isNotChainedUntilALookSucceeds() {
    AtomicInteger looks = new AtomicInteger();
    try (ChainWatch started =
        ChainWatch.start(
            () -> {
              if (looks.incrementAndGet() <= 2) {
                throw new UncheckedIOException(new IOException("disk"));
              }
              return UNCHANGED;
            },
            Duration.ofMillis(20))) {
      assertThat(started.status().state()).isEqualTo(State.NOT_CHAINED);
      assertThat(started.status().reason()).contains("cannot be looked at", "disk");
      await().until(() -> started.status().state() == State.CHAINED);
    }
  }

  @Test
  void pluginCannotRunHere_isToldAtOnce() {
    look(CHANGED);
    look(new Outcome.GivenUp(Host.WITHOUT_GLIBC));

    assertThat(watch.status().state()).isEqualTo(State.NOT_CHAINED);
    assertThat(watch.status().reason()).contains("host: no glibc (expected: ");
  }
}
