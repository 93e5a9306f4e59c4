package io.podstamp.lab.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Whether a podstamp that [Switchable] made counts: another [Level] every tenth of a second. It is
/// carried into that podstamp, where compiled methods ask it, and writes there what each slice of
/// time has cost. So short, since whatever else goes on on the machine is then the same for the
/// slices that are compared.
public final class CountingSwitch {
  /// A line for each slice: level, requests, and the CPU time in nanoseconds. A constant, so that
  /// the benchmark that names it does not start this.
  static final String FILE = "/run/podstamp-lab/slices";

  private static final long SLICE_MILLIS = 100;

  /// Those that work for connections; the JVM's compiler is busy with the benchmark's beginning.
  private static final List<String> THREADS = List.of("event-loop-", "connection-log");

  /// What is done when something happens on a connection.
  enum Level {
    NOTHING,
    COUNTED,
    /// And written to the connection log.
    LOGGED
  }

  private static final LongAdder REQUESTS = new LongAdder();
  private static volatile Level level = Level.COUNTED;

  static {
    Thread.ofPlatform().name("counting-switch").daemon().start(CountingSwitch::run);
  }

  private CountingSwitch() {}

  /// Asked in podstamp.
  public static boolean counts() {
    return level != Level.NOTHING;
  }

  /// Asked in podstamp.
  public static boolean logs() {
    return level == Level.LOGGED;
  }

  /// What podstamp does instead of adding one.
  public static void increment(LongAdder adder) {
    if (counts()) {
      adder.increment();
    }
  }

  /// Told in podstamp of each request, whatever the level.
  public static void request() {
    REQUESTS.increment();
  }

  private static void run() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    try (BufferedWriter out = Files.newBufferedWriter(Path.of(FILE))) {
      while (true) {
        for (Level next : Level.values()) {
          level = next;
          long requestsBefore = REQUESTS.sum();
          long nanosBefore = cpuNanos(threads);
          TimeUnit.MILLISECONDS.sleep(SLICE_MILLIS);
          long nanos = cpuNanos(threads) - nanosBefore;
          out.write(next + " " + (REQUESTS.sum() - requestsBefore) + " " + nanos + "\n");
        }
        out.flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long cpuNanos(ThreadMXBean threads) {
    return LongStream.of(threads.getAllThreadIds())
        .mapToObj(threads::getThreadInfo)
        .flatMap(Stream::ofNullable)
        .filter(thread -> THREADS.stream().anyMatch(thread.getThreadName()::startsWith))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }
}
