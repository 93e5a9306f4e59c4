package io.podstamp.metrics;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/// A message about single connections, of which a Pod can make thousands in a second: the first is
/// logged, then one a minute, which says how many there were in between. For any thread.
///
/// One object serves a kind of message for the whole process, whatever Pod it is about.
public final class RareLog {
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private final Logger log;
  private final Level level;
  private final LongSupplier nanoTime;
  private final AtomicLong next;
  private final AtomicLong untold = new AtomicLong();

  public RareLog(Logger log, Level level) {
    this(log, level, System::nanoTime);
  }

  RareLog(Logger log, Level level, LongSupplier nanoTime) {
    this.log = log;
    this.level = level;
    this.nanoTime = nanoTime;
    this.next = new AtomicLong(nanoTime.getAsLong());
  }

  /// Logs the message, or counts it.
  ///
  /// @param format as for SLF4J
  public void log(String format, @Nullable Object... arguments) {
    long now = nanoTime.getAsLong();
    long due = next.get();
    if (now - due < 0 || !next.compareAndSet(due, now + PAUSE_NANOS)) {
      untold.incrementAndGet();
      return;
    }
    long left = untold.getAndSet(0);
    String more = left == 0 ? "" : " (and " + left + " like it since the last one that was logged)";
    log.atLevel(level).log(format + more, arguments);
  }
}
