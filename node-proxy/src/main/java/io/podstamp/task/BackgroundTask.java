package io.podstamp.task;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A thread that does one thing again and again: every period, and soon after somebody asks
/// ([#soon]). Requests that come while it is at work make one more run. What a run throws is logged
/// ([Guarded]), and the next run comes after a pause.
public final class BackgroundTask implements AutoCloseable {
  /// A pause that only [#soon] ends.
  public static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

  /// So that a task without a pause does not spin while it fails.
  private static final Duration PAUSE_AFTER_A_FAILURE = Duration.ofMillis(100);

  private final Supplier<Duration> pause;
  private final Guarded task;
  private final Thread thread;
  private final Semaphore requests = new Semaphore(0);
  private volatile boolean closed;

  private BackgroundTask(
      Thread.Builder builder, String name, Supplier<Duration> pause, Guarded.Task task) {
    this.pause = pause;
    this.task = new Guarded(name, task);
    this.thread = builder.name(name).unstarted(this::runAll);
  }

  /// Runs after each period, on a virtual thread.
  public static BackgroundTask every(String name, Duration period, Guarded.Task task) {
    return paced(name, () -> period, task);
  }

  /// Runs after each pause, on a virtual thread.
  ///
  /// @param pause asked for after each run
  public static BackgroundTask paced(String name, Supplier<Duration> pause, Guarded.Task task) {
    return new BackgroundTask(Thread.ofVirtual(), name, pause, task);
  }

  /// Runs when asked to, on a virtual thread.
  public static BackgroundTask onRequest(String name, Guarded.Task task) {
    return paced(name, () -> NEVER, task);
  }

  /// Runs without a pause, on a platform thread that does not keep the process alive; for tasks
  /// that wait for something themselves.
  public static BackgroundTask loop(String name, Guarded.Task task) {
    return new BackgroundTask(Thread.ofPlatform().daemon(), name, () -> Duration.ZERO, task);
  }

  /// Begins, with a pause.
  public BackgroundTask start() {
    thread.start();
    return this;
  }

  /// Has it run soon; never blocks.
  public void soon() {
    if (requests.availablePermits() == 0) {
      requests.release();
    }
  }

  private void runAll() {
    boolean succeeded = true;
    try {
      while (!closed) {
        rest(succeeded);
        if (!closed) {
          succeeded = task.tryRun();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void rest(boolean succeeded) throws InterruptedException {
    Duration rest = pause();
    if (!succeeded && rest.compareTo(PAUSE_AFTER_A_FAILURE) < 0) {
      rest = PAUSE_AFTER_A_FAILURE;
    }
    if (requests.tryAcquire(rest.toNanos(), TimeUnit.NANOSECONDS)) {
      requests.drainPermits();
    }
  }

  private Duration pause() {
    try {
      return pause.get();
    } catch (RuntimeException e) {
      return PAUSE_AFTER_A_FAILURE;
    }
  }

  /// Runs no more; a run that has begun goes on to its end. May be called by the task itself.
  @Override
  public void close() {
    closed = true;
    soon();
  }

  /// As [#close], and waits for a run that has begun.
  ///
  /// @return whether it has ended in time
  public boolean closeAndAwait(Duration limit) {
    close();
    return await(limit);
  }

  /// Waits until it has ended.
  ///
  /// @return whether it has in time
  public boolean await(Duration limit) {
    try {
      return thread.getState() == Thread.State.NEW || thread.join(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
