package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the kernel says about a process, from /proc.
///
/// @param pid as the Node sees it
public record ProcessFacts(long pid) {

  /// The memory it holds now: `VmRSS` of /proc/PID/status.
  public long rssBytes() {
    return line(proc("status"), "VmRSS:") * 1024;
  }

  /// The CPU time that it and those of its children that have ended took, in hundredths of a second
  /// (`proc_pid_stat(5)`, fields 14 to 17).
  public long cpuTicks() {
    String[] behindName =
        Run.ok("cat", proc("stat").toString()).replaceAll(".*\\) ", "").split(" ", -1);
    long ticks = 0;
    for (int field = 14; field <= 17; field++) {
      ticks += Long.parseLong(behindName[field - 3]);
    }
    return ticks;
  }

  /// What its file descriptors lead to, such as `socket:[123]`.
  public List<String> descriptors() {
    return links(proc("fd"), "");
  }

  /// Its file descriptors by kind: a listener or a netns that stays would show.
  public Map<String, Long> descriptorKinds() {
    return descriptors().stream()
        .map(target -> target.replaceAll("\\d+", "N"))
        .collect(Collectors.groupingBy(kind -> kind, TreeMap::new, Collectors.counting()));
  }

  /// What there is more of than before. There may be less: a kept connection to the API server ends
  /// when it is not used.
  public Map<String, Long> beyond(Map<String, Long> before) {
    Map<String, Long> more = descriptorKinds();
    more.entrySet().removeIf(kind -> kind.getValue() <= before.getOrDefault(kind.getKey(), 0L));
    return more;
  }

  /// What is left of a JVM's heap after a full collection.
  public long liveHeapBytes() {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    return Run.ok(jcmd.toString(), String.valueOf(pid), "GC.class_histogram")
        .lines()
        .filter(line -> line.startsWith("Total "))
        .mapToLong(line -> Long.parseLong(line.strip().split("\\s+", 4)[2]))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("jcmd: no total"));
  }

  /// The netns of each of its threads.
  public List<String> threadNetns() {
    return links(proc("task"), "ns/net");
  }

  /// The netns it was started in, if no thread has strayed: the one of this JVM.
  public static String homeNetns() {
    return Objects.requireNonNull(link(Path.of("/proc/self/ns/net")));
  }

  private Path proc(String file) {
    return Path.of("/proc", String.valueOf(pid), file);
  }

  private static long line(Path file, String key) {
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> links(Path folder, String below) {
    List<String> targets = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      entries.forEach(
          entry -> {
            String target = link(entry.resolve(below));
            if (target != null) {
              targets.add(target);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return targets;
  }

  /// @return null for what is gone since it was listed
  private static @Nullable String link(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
