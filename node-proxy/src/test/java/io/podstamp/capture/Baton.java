package io.podstamp.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A scheduler of threads of which one runs at a time: whoever comes to a [#step] hands the baton
/// to any of those that could run, by the choice of a seeded random generator. So one seed is one
/// interleaving, however busy the machine is.
final class Baton {
  private static final int MOST_STEPS = 100_000;
  private static final int PATIENCE_SECONDS = 60;

  private final RandomGenerator random;
  private final List<Runner> ready = new ArrayList<>();
  private final Semaphore idle = new Semaphore(0);
  private @Nullable Runner running;
  private @Nullable Throwable failure;
  private int undivided;
  private boolean hurried;
  private int steps;

  Baton(RandomGenerator random) {
    this.random = random;
  }

  /// What ends a process that is killed: nothing it does afterwards has an effect.
  @SuppressWarnings("serial") // never written
  static final class Killed extends Error {
    Killed() {
      super("killed", null, false, false);
    }
  }

  /// A process: its threads live as long as it does.
  static final class Life {
    private boolean ended;

    void end() {
      ended = true;
    }

    boolean hasEnded() {
      return ended;
    }
  }

  private record Runner(Life life, Semaphore turn) {}

  /// Starts a thread; it runs when its turn comes.
  void start(Life life, Runnable task) {
    Runner runner = new Runner(life, new Semaphore(0));
    ready.add(runner);
    Thread.ofVirtual()
        .start(
            () -> {
              runner.turn().acquireUninterruptibly();
              try {
                requireAlive(runner);
                task.run();
              } catch (Killed e) {
                requireEnded(runner);
              } catch (Throwable t) {
                fail(t);
              }
              ready.remove(runner);
              next();
            });
  }

  private void requireEnded(Runner runner) {
    if (!runner.life().hasEnded()) {
      fail(new IllegalStateException("killed by a thread of another process"));
    }
  }

  private void fail(Throwable t) {
    if (failure == null) {
      failure = t;
    }
  }

  /// Runs all threads until each has ended.
  void run() throws InterruptedException {
    if (ready.isEmpty()) {
      return;
    }
    next();
    if (!idle.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the thread whose turn it is waits for another one");
    }
    if (failure != null) {
      throw new AssertionError(String.valueOf(failure.getMessage()), failure);
    }
  }

  private void next() {
    if (ready.isEmpty()) {
      running = null;
      idle.release();
    } else {
      Runner chosen = ready.get(random.nextInt(ready.size()));
      running = chosen;
      chosen.turn().release();
    }
  }

  /// Another thread may go on here.
  void step() {
    Runner me = running;
    if (hurried) {
      throw new IllegalStateException("what should answer at once reaches out");
    }
    if (me == null || undivided > 0) {
      return;
    }
    requireAlive(me);
    if (++steps > MOST_STEPS) {
      throw new IllegalStateException("no end after " + MOST_STEPS + " steps");
    }
    Runner chosen = ready.get(random.nextInt(ready.size()));
    if (!chosen.equals(me)) {
      running = chosen;
      chosen.turn().release();
      me.turn().acquireUninterruptibly();
      requireAlive(me);
    }
  }

  private static void requireAlive(Runner runner) {
    if (runner.life().hasEnded()) {
      throw new Killed();
    }
  }

  /// Lets others go on until something is so.
  void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      step();
    }
  }

  /// Runs what must answer at once, whatever the others are in the midst of.
  void hurry(Runnable question) {
    hurried = true;
    try {
      question.run();
    } finally {
      hurried = false;
    }
  }

  /// Nobody else goes on meanwhile: for what holds a lock while it calls others.
  void undivided(Runnable action) {
    undivided++;
    try {
      action.run();
    } finally {
      undivided--;
    }
  }
}
