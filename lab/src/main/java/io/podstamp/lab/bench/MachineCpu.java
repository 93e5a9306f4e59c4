package io.podstamp.lab.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// What the whole machine's processors have done so far, from the first line of /proc/stat.
///
/// @param busyNanos everything but idle and waiting
/// @param softirqNanos of these, in soft interrupts
record MachineCpu(long busyNanos, long softirqNanos) {
  private static final long NANOS_PER_TICK = 10_000_000;

  static MachineCpu now() {
    try (var lines = Files.lines(Path.of("/proc/stat"))) {
      return parse(lines.findFirst().orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @param line `cpu user nice system idle iowait irq softirq steal …`, in ticks
  static MachineCpu parse(String line) {
    long[] ticks = Arrays.stream(line.split(" +", -1)).skip(1).mapToLong(Long::parseLong).toArray();
    long busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
    return new MachineCpu(busy * NANOS_PER_TICK, ticks[6] * NANOS_PER_TICK);
  }

  MachineCpu since(MachineCpu before) {
    return new MachineCpu(busyNanos - before.busyNanos, softirqNanos - before.softirqNanos);
  }

  double softirqShare() {
    return busyNanos == 0 ? 0 : (double) softirqNanos / busyNanos;
  }
}
