package io.podstamp.task;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A task that never throws, for threads and schedules that an exception would end for good. The
/// first failure of a series is logged with its trace, the others are counted; once the task
/// succeeds again, the log tells how many there were.
///
/// Not for concurrent runs.
public final class Guarded implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Guarded.class);

  private final String what;
  private final Task task;
  private long failures;

  /// What is done.
  public interface Task {
    void run() throws Exception;
  }

  /// @param what in messages, such as a thread's name
  public Guarded(String what, Task task) {
    this.what = what;
    this.task = task;
  }

  @Override
  public void run() {
    tryRun();
  }

  /// Runs once; an interrupt is kept for the caller.
  ///
  /// @return whether the task succeeded
  boolean tryRun() {
    try {
      task.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (Throwable e) { // an Error would end the thread as well
      if (failures++ == 0) {
        log.error("{}: failed, goes on; further failures are counted only", what, e);
      }
      return false;
    }
    if (failures > 0) {
      log.info("{}: succeeds again, after {} failures", what, failures);
      failures = 0;
    }
    return true;
  }
}
