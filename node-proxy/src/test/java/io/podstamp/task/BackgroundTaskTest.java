package io.podstamp.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class BackgroundTaskTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Logger log = (Logger) LoggerFactory.getLogger(Guarded.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final AtomicInteger runs = new AtomicInteger();

  @BeforeEach
  void listen() {
    log.setLevel(Level.INFO);
    said.start();
    log.addAppender(said);
  }

  @AfterEach
  void listenNoMore() {
    log.detachAppender(said);
    log.setLevel(null);
  }

  @Test
  void run_throws_goesOnAndIsToldOnce() {
    try (BackgroundTask _ =
        BackgroundTask.every("tried", Duration.ofMillis(1), this::fail).start()) {
      await().until(() -> runs.get() >= 6);
    }
    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "tried: failed, goes on; further failures are counted only",
            "tried: succeeds again, after 3 failures");
    assertThat(said.list.getFirst().getThrowableProxy().getMessage()).isEqualTo("run 1");
  }

  private void fail() {
    switch (runs.incrementAndGet()) {
      case 1 -> throw new IllegalStateException("run 1");
      case 2 -> throw new StackOverflowError("run 2");
      case 3 -> throw new NullPointerException("run 3");
      default -> {
        // well again
      }
    }
  }

  @Test
  void loop_throws_pausesInsteadOfSpinning() {
    try (BackgroundTask task =
        BackgroundTask.loop(
                "spins",
                () -> {
                  runs.incrementAndGet();
                  throw new IllegalStateException("always");
                })
            .start()) {
      await().until(() -> runs.get() >= 3);
      assertThat(task.closeAndAwait(LIMIT)).isTrue();
    }
    assertThat(runs).hasValueLessThan(100);
  }

  @Test
  void soon_manyWhileAtWork_makeOneMoreRun() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    Semaphore mayGoOn = new Semaphore(0);
    try (BackgroundTask task =
        BackgroundTask.onRequest(
                "asked",
                () -> {
                  runs.incrementAndGet();
                  begun.countDown();
                  mayGoOn.acquire();
                })
            .start()) {
      task.soon();
      begun.await();
      for (int i = 0; i < 100; i++) {
        task.soon();
      }
      mayGoOn.release(10);
      await().until(() -> runs.get() == 2);
      assertThat(task.closeAndAwait(LIMIT)).isTrue();
    }
    assertThat(runs).hasValue(2);
  }

  @Test
  void close_byTheTaskItself_ends() {
    BackgroundTask[] task = new BackgroundTask[1];
    task[0] =
        BackgroundTask.every(
            "once",
            Duration.ofMillis(1),
            () -> {
              runs.incrementAndGet();
              task[0].close();
            });
    task[0].start();
    await().until(() -> runs.get() == 1);
    assertThat(task[0].closeAndAwait(LIMIT)).isTrue();
    assertThat(runs).hasValue(1);
  }
}
