package io.podstamp.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class RareLogTest {
  /// Of a context of its own: what is said here is no surprise.
  private final Logger log = new LoggerContext().getLogger("flood");

  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
  private final RareLog rare = new RareLog(log, Level.WARN, clock::get);

  @BeforeEach
  void listen() {
    said.start();
    log.addAppender(said);
  }

  @Test
  void flood_isOneLineAMinute_withANumber() {
    for (int second = 0; second < 150; second++) {
      for (int i = 0; i < 1000; i++) {
        rare.log("{}: {}", "shop/web-" + i, second);
      }
      clock.addAndGet(Duration.ofSeconds(1).toNanos());
    }
    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "shop/web-0: 0",
            "shop/web-0: 60 (and 59999 like it since the last one that was logged)",
            "shop/web-0: 120 (and 59999 like it since the last one that was logged)");
    assertThat(said.list)
        .extracting(ILoggingEvent::getLevel)
        .containsOnly(ch.qos.logback.classic.Level.WARN);
  }

  @Test
  void messagesFarApart_areAllLogged() {
    for (int i = 0; i < 3; i++) {
      rare.log("one");
      clock.addAndGet(Duration.ofMinutes(2).toNanos());
    }
    assertThat(said.list).extracting(ILoggingEvent::getFormattedMessage).containsOnly("one");
    assertThat(said.list).hasSize(3);
  }

  @Test
  void anyThread_noneIsLost() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        threads.execute(
            () -> {
              for (int j = 0; j < 1000; j++) {
                rare.log("one");
              }
            });
      }
    }
    clock.addAndGet(Duration.ofMinutes(1).toNanos());
    rare.log("last");
    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("one", "last (and 3999 like it since the last one that was logged)");
  }
}
