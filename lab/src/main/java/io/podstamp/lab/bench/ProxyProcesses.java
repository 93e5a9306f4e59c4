package io.podstamp.lab.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// What the processes of a proxy have used, from /proc.
record ProxyProcesses(List<Long> pids) {
  private static final Set<String> PROXIES = Set.of("java", "nginx", "haproxy", "envoy");

  /// `_SC_CLK_TCK` of Linux on every architecture that Debian has.
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final double BYTES_PER_MEBIBYTE = 1 << 20;

  /// Those among a process and its descendants that are proxies: the shells around them do not
  /// count.
  static ProxyProcesses below(long... roots) {
    return new ProxyProcesses(
        LongStream.of(roots)
            .mapToObj(ProcessHandle::of)
            .flatMap(process -> process.stream())
            .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
            .map(ProcessHandle::pid)
            .filter(pid -> PROXIES.contains(read(pid, "comm").strip()))
            .toList());
  }

  /// CPU time so far.
  long cpuNanos() {
    return pids.stream().mapToLong(ProxyProcesses::cpuNanos).sum();
  }

  double rssMebibytes() {
    return pids.stream().mapToLong(pid -> kibibytes(read(pid, "status"), "VmRSS:")).sum() / 1024.0;
  }

  /// Shared pages counted once, divided by those who share them.
  double pssMebibytes() {
    return pids.stream().mapToLong(pid -> kibibytes(read(pid, "smaps_rollup"), "Pss:")).sum()
        * 1024
        / BYTES_PER_MEBIBYTE;
  }

  /// A process with one thread by the scheduler's nanoseconds; else utime and stime, which threads
  /// that have ended are in too.
  private static long cpuNanos(long pid) {
    String stat = read(pid, "stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    boolean isSingle = fields[17].equals("1");
    return isSingle
        ? Long.parseLong(read(pid, "schedstat").split(" ", 2)[0])
        : (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
  }

  private static long kibibytes(String text, String key) {
    return text.lines()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc", String.valueOf(pid), file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
