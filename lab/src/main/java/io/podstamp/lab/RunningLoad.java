package io.podstamp.lab;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// A [Load] that runs in a Pod.
public final class RunningLoad implements AutoCloseable {
  private final Daemon daemon;

  private RunningLoad(Daemon daemon) {
    this.daemon = daemon;
  }

  /// What became of it.
  ///
  /// @param requests answered with 200
  /// @param connections opened
  /// @param refused connections that could not be opened
  /// @param broken requests without an answer, or with another one
  /// @param resets those of the broken that ended with a reset
  /// @param youngestBrokenMillis the age of the youngest connection on which one broke
  /// @param log with the first failures in words
  public record Totals(
      long requests,
      long connections,
      long refused,
      long broken,
      long resets,
      long youngestBrokenMillis,
      String log) {
    /// Connections refused and requests broken.
    public long failed() {
      return refused + broken;
    }
  }

  /// Starts it against the gateway.
  ///
  /// @param name makes the URI `/name`, by which its requests are found in the gateway's log
  /// @param connections at a time
  /// @param requestsEach on a connection before it gives its place to a new one
  public static RunningLoad start(
      LabPod pod, String name, int connections, int requestsEach, int pauseMillis) {
    Daemon daemon =
        Daemon.start(
            "load",
            pod.netns()
                .inside(
                    JavaProgram.command(
                        Load.class,
                        Node.OUTSIDE_ADDRESS,
                        String.valueOf(Gateway.PORT),
                        "/" + name,
                        String.valueOf(connections),
                        String.valueOf(requestsEach),
                        String.valueOf(pauseMillis))),
            Lab.FOLDER.resolve("load-" + name + ".log"));
    return new RunningLoad(daemon.await(() -> daemon.logText().contains("ready")));
  }

  /// Ends it after the answers it still waits for.
  public Totals stop() {
    daemon.close();
    String log = daemon.logText();
    Map<String, Long> totals =
        log.lines()
            .filter(line -> line.startsWith("requests="))
            .findFirst()
            .map(
                line ->
                    Arrays.stream(line.split(" "))
                        .map(total -> total.split("="))
                        .collect(Collectors.toMap(part -> part[0], part -> Long.valueOf(part[1]))))
            .orElseThrow(() -> new IllegalStateException("load: ended without totals\n" + log));
    return new Totals(
        totals.getOrDefault("requests", 0L),
        totals.getOrDefault("connections", 0L),
        totals.getOrDefault("refused", 0L),
        totals.getOrDefault("broken", 0L),
        totals.getOrDefault("resets", 0L),
        totals.getOrDefault("youngestBrokenMillis", 0L),
        log);
  }

  @Override
  public void close() {
    daemon.kill();
  }
}
