package io.podstamp.lab.bench;

import io.podstamp.lab.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where and when a run took place.
///
/// @param versions of everything that takes part, by name
record Machine(
    Instant date,
    String cpu,
    int cores,
    long memoryMebibytes,
    String kernel,
    Map<String, String> versions) {
  /// A program that tells its version.
  private record Program(String name, List<String> command) {}

  private static final List<Program> PROGRAMS =
      List.of(
          new Program("podstamp", List.of("git", "describe", "--always", "--dirty")),
          new Program("nginx", List.of("nginx", "-v")),
          new Program("HAProxy", List.of("haproxy", "-v")),
          new Program("wrk", List.of("wrk", "-v")));

  static Machine here() {
    Map<String, String> versions = new LinkedHashMap<>();
    PROGRAMS.forEach(it -> versions.put(it.name(), version(it.command())));
    if (Contestant.ENVOY.isHere()) {
      versions.put("Envoy", version(List.of("envoy", "--version")));
    }
    versions.put("Java", System.getProperty("java.vm.version"));
    return new Machine(
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        field("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024,
        System.getProperty("os.version"),
        versions);
  }

  /// One line for people.
  String text() {
    return "%s; %d cores of %s, %d MiB, Linux %s; %s"
        .formatted(
            date,
            cores,
            cpu,
            memoryMebibytes,
            kernel,
            String.join(
                ", ",
                versions.entrySet().stream()
                    .map(version -> version.getKey() + " " + version.getValue())
                    .toList()));
  }

  /// The first number with a dot that a program says, else all of its first line: some say it on
  /// stdout, some on stderr, and wrk with an exit status of 1.
  private static String version(List<String> command) {
    Run run = Run.of(command);
    String line = (run.out() + run.err()).lines().findFirst().orElse("unknown");
    return line.replaceFirst("^.*?(\\d+\\.[\\w.+-]+).*$", "$1");
  }

  /// The value behind the colon; `unknown` on machines that do not tell.
  private static String field(String file, String key) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
