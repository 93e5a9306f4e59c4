package io.podstamp.lab.bench;

/// Something that is measured, with the name that results.json has for it.
enum Figure {
  REQUESTS_PER_SECOND("requestsPerSecond", "requests/s", "%.0f"),
  GIGABITS_PER_SECOND("gigabitsPerSecond", "Gbit/s", "%.2f"),
  P50_MICROS("p50Micros", "p50 µs", "%.0f"),
  P99_MICROS("p99Micros", "p99 µs", "%.0f"),
  P999_MICROS("p999Micros", "p99.9 µs", "%.0f"),
  P50_MILLIS("p50Millis", "p50 ms", "%.1f"),
  P99_MILLIS("p99Millis", "p99 ms", "%.1f"),
  MILLIS("millis", "ms", "%.0f"),
  CPU_MICROS_PER_REQUEST("cpuMicrosPerRequest", "proxy CPU µs/request", "%.1f"),
  CPU_SECONDS_PER_GIBIBYTE("cpuSecondsPerGibibyte", "proxy CPU s/GiB", "%.2f"),

  /// Of everything on the machine: client, proxy, server and whoever else is there.
  MACHINE_CPU_MICROS_PER_REQUEST("machineCpuMicrosPerRequest", "machine CPU µs/request", "%.1f"),

  MACHINE_CPU_SECONDS_PER_GIBIBYTE("machineCpuSecondsPerGibibyte", "machine CPU s/GiB", "%.2f"),

  /// Of the machine's CPU time, what the kernel spent in soft interrupts.
  SOFTIRQ_SHARE("softirqShare", "softirq share", "%.2f"),

  RSS_MEBIBYTES("rssMebibytes", "proxy RSS MiB", "%.1f"),

  /// Resident memory with each shared page divided by those who share it.
  PSS_MEBIBYTES("pssMebibytes", "proxy PSS MiB", "%.1f"),

  RSS_BEFORE_MEBIBYTES("rssBeforeMebibytes", "RSS before MiB", "%.1f"),
  RSS_AFTER_MEBIBYTES("rssAfterMebibytes", "RSS after MiB", "%.1f"),
  KIBIBYTES_PER_CONNECTION("kibibytesPerConnection", "KiB/connection", "%.2f"),
  CONNECTIONS("connections", "connections", "%.0f"),
  PODS("pods", "Pods", "%.0f"),
  CPU_SECONDS("cpuSeconds", "proxy CPU s", "%.2f"),
  CPU_MILLIS_PER_SCRAPE("cpuMillisPerScrape", "CPU ms/scrape", "%.1f"),
  CPU_MICROS_PER_CONNECTION("cpuMicrosPerConnection", "CPU µs/connection", "%.1f"),
  BYTES_PER_OPERATION("bytesPerOperation", "B/op", "%.1f"),
  NANOS_PER_OPERATION("nanosPerOperation", "ns/op", "%.0f");

  private final String key;
  private final String title;
  private final String format;

  Figure(String key, String title, String format) {
    this.key = key;
    this.title = title;
    this.format = format;
  }

  String key() {
    return key;
  }

  String title() {
    return title;
  }

  String text(double value) {
    return format.formatted(value);
  }
}
