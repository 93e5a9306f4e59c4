package io.podstamp.redirect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class MailboxTest {
  private static final int POSTERS = 8;
  private static final int POSTS = 20_000;
  private static final Executor VIRTUAL = task -> Thread.ofVirtual().start(task);

  private enum Intent {
    ONE,
    TWO,
    THREE
  }

  /// What a post is about was written before; the round must have read it.
  @Test
  void post_fromManyThreads_isFollowedByARoundThatBeganAfterIt_andRoundsNeverOverlap()
      throws Exception {
    AtomicLong input = new AtomicLong();
    AtomicLong worked = new AtomicLong();
    AtomicInteger atWork = new AtomicInteger();
    AtomicInteger rounds = new AtomicInteger();
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    Mailbox<Intent> mailbox =
        new Mailbox<>(
            Intent.class,
            VIRTUAL,
            intents -> {
              if (atWork.incrementAndGet() != 1) {
                wrong.add("two rounds at once");
              }
              rounds.incrementAndGet();
              worked.set(input.get());
              atWork.decrementAndGet();
            });
    try (ExecutorService posters = Executors.newFixedThreadPool(POSTERS)) {
      for (int poster = 0; poster < POSTERS; poster++) {
        posters.execute(
            () -> {
              for (int i = 0; i < POSTS; i++) {
                long mine = input.incrementAndGet();
                CompletableFuture<Void> done =
                    mailbox.post(Intent.values()[i % Intent.values().length]);
                done.join();
                if (worked.get() < mine) {
                  wrong.add("a round that began before the post of " + mine);
                }
              }
            });
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(rounds).hasValueLessThanOrEqualTo(POSTERS * POSTS);
    assertThat(mailbox.busyFor()).isEqualTo(Duration.ZERO);
  }

  @Test
  void post_whileARoundIsAtWork_makesOneMoreForAll() throws Exception {
    List<Set<Intent>> rounds = new ArrayList<>();
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Mailbox<Intent> mailbox =
        new Mailbox<>(
            Intent.class,
            VIRTUAL,
            intents -> {
              rounds.add(intents);
              began.countDown();
              mayEnd.await();
            });
    CompletableFuture<Void> first = mailbox.post(Intent.ONE);
    began.await();
    List<CompletableFuture<Void>> later = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      later.add(mailbox.post(i % 2 == 0 ? Intent.ONE : Intent.TWO));
    }
    assertThat(first).isNotDone();
    assertThat(mailbox.busyFor()).isPositive();
    mayEnd.countDown();
    CompletableFuture.allOf(later.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
    assertThat(rounds).containsExactly(Set.of(Intent.ONE), Set.of(Intent.ONE, Intent.TWO));
  }

  @Test
  void round_throws_isToldToThoseWhoPosted_andTheNextOneRuns() throws Exception {
    AtomicInteger rounds = new AtomicInteger();
    Mailbox<Intent> mailbox =
        new Mailbox<>(
            Intent.class,
            VIRTUAL,
            intents -> {
              if (rounds.incrementAndGet() == 1) {
                throw new StackOverflowError("as a test");
              }
            });
    CompletableFuture<Void> failed = mailbox.post(Intent.ONE);
    assertThatThrownBy(() -> failed.get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StackOverflowError.class);
    mailbox.post(Intent.ONE).get(10, TimeUnit.SECONDS);
    assertThat(rounds).hasValue(2);
  }

  @Test
  void executor_refuses_isTold_andTheNextPostIsWorkedOn() throws Exception {
    for (Throwable refusal :
        List.of(
            new RejectedExecutionException("as a test"),
            new IllegalStateException("as a test"),
            new OutOfMemoryError("unable to create native thread, as a test"))) {
      AtomicInteger calls = new AtomicInteger();
      Mailbox<Intent> mailbox =
          new Mailbox<>(
              Intent.class,
              task -> {
                if (calls.incrementAndGet() == 1) {
                  throwAsIs(refusal);
                }
                task.run();
              },
              intents -> {});
      CompletableFuture<Void> refused = mailbox.post(Intent.ONE);
      assertThatThrownBy(() -> refused.get(10, TimeUnit.SECONDS)).hasCause(refusal);
      mailbox.post(Intent.TWO).get(10, TimeUnit.SECONDS);
    }
  }

  private static void throwAsIs(Throwable refusal) {
    switch (refusal) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(refusal);
    }
  }
}
