package io.podstamp.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.podstamp.accept.Capacity;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseKeeperTest {
  private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
  private final NodeMetrics metrics = new NodeMetrics();
  private final List<Duration> renewed = new ArrayList<>();

  /// SIGSTOP, or a container without CPU: nothing turned, and then everything does.
  @Test
  void wholeAgentHung_isALapse_alsoWhereItsLoopsAreFoundSilent() throws IOException {
    Capacity capacity = Capacity.unlimited();
    EventLoopGroup loops = EventLoops.start(1);
    try (LeaseKeeper keeper =
        new LeaseKeeper(loops, capacity, new Bypass(capacity, () -> 0, 100), metrics, now::get)) {
      lookAfter(5, keeper);
      assertThat(renewed).containsExactly(LeaseKeeper.LASTING);
      assertThat(lapses()).isZero();

      lookAfter(40, keeper);
      assertThat(renewed).last().isEqualTo(Duration.ZERO);
      assertThat(lapses()).isEqualTo(1);

      await().until(() -> keeper.silence().isZero());
      lookAfter(1, keeper);
      assertThat(renewed).last().isEqualTo(LeaseKeeper.LASTING);
      assertThat(lapses()).isEqualTo(1);
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private void lookAfter(int seconds, LeaseKeeper keeper) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    keeper.look(renewed::add);
  }

  private long lapses() throws IOException {
    return new String(metrics.exposition().page(null).content(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("podstamp_lease_lapses_total "))
        .mapToLong(line -> (long) Double.parseDouble(line.split(" ", 2)[1]))
        .findFirst()
        .orElseThrow();
  }
}
