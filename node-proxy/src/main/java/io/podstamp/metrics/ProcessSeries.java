package io.podstamp.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The process and its JVM, under the names that every Prometheus client uses, so that common
/// dashboards work. Read from `/proc/self` (proc(5)) and the JVM when asked.
final class ProcessSeries {
  private static final Path SELF = Path.of("/proc/self");

  /// `USER_HZ`, which is 100 wherever Linux shows it to programs.
  private static final double TICKS_A_SECOND = 100;

  /// Fields of `/proc/self/stat` behind the name in parentheses, which may hold anything.
  private static final int UTIME = 11;

  private static final int STIME = 12;

  private ProcessSeries() {}

  static void register(Exposition exposition) {
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    exposition.info(
        "podstamp_build",
        "What runs here.",
        Map.of("version", Build.VERSION, "java", Runtime.version().toString()));
    exposition.counter(
        "process_cpu_seconds", "CPU time of the process, user and system.", ProcessSeries::cpu);
    exposition.gauge(
        "process_start_time_seconds",
        "When the process started, Unix time.",
        () -> runtime.getStartTime() / 1e3);
    exposition.gauge("process_open_fds", "Descriptors in use.", ProcessSeries::openDescriptors);
    exposition.gauge(
        "process_max_fds", "Descriptors that it may use.", () -> field("limits", "Max open files"));
    exposition.gauge(
        "process_resident_memory_bytes",
        "Resident set size in bytes.",
        () -> field("status", "VmRSS:") * 1024);
    memory(exposition, ManagementFactory.getMemoryMXBean());
    exposition.gauge(
        "jvm_threads_current",
        "Platform threads.",
        () -> ManagementFactory.getThreadMXBean().getThreadCount());
    List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    exposition.summaries(
        "jvm_gc_collection_seconds",
        "Garbage collections, and the time spent in them.",
        List.of("gc"),
        values ->
            collectors.forEach(
                gc ->
                    values.put(
                        gc.getCollectionCount(), gc.getCollectionTime() / 1e3, gc.getName())));
  }

  private static void memory(Exposition exposition, MemoryMXBean memory) {
    exposition.gauges(
        "jvm_memory_used_bytes",
        "Memory that the JVM uses; direct is what connections' bytes are kept in.",
        List.of("area"),
        values -> {
          values.put((double) memory.getHeapMemoryUsage().getUsed(), "heap");
          values.put((double) memory.getNonHeapMemoryUsage().getUsed(), "nonheap");
          values.put((double) direct(), "direct");
        });
    exposition.gauges(
        "jvm_memory_max_bytes",
        "Memory that the JVM may use.",
        List.of("area"),
        values -> values.put((double) memory.getHeapMemoryUsage().getMax(), "heap"));
  }

  /// Netty's own count, where it makes buffers past the JDK's.
  private static long direct() {
    long netty = io.netty.util.internal.PlatformDependent.usedDirectMemory();
    long jdk =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return Math.max(netty, 0) + jdk;
  }

  private static double cpu() {
    String stat = text("stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) / TICKS_A_SECOND;
  }

  /// Linux 6.2 and later say it by the folder's size.
  private static double openDescriptors() {
    Path folder = SELF.resolve("fd");
    try {
      long size = Files.size(folder);
      if (size > 0) {
        return size;
      }
      try (Stream<Path> descriptors = Files.list(folder)) {
        return descriptors.count();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The number behind a name at the beginning of a line.
  private static double field(String file, String name) {
    return text(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().split("\\s+", 2)[0])
        .mapToDouble(n -> n.equals("unlimited") ? Double.POSITIVE_INFINITY : Long.parseLong(n))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static String text(String name) {
    try {
      return Files.readString(SELF.resolve(name)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
