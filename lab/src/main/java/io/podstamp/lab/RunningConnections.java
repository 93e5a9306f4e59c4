package io.podstamp.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A [ConnectionLoad] that runs in a Pod.
final class RunningConnections implements AutoCloseable {
  private final String name;
  private final Daemon daemon;

  private RunningConnections(String name, Daemon daemon) {
    this.name = name;
    this.daemon = daemon;
  }

  /// Begins connections at a rate, until [#stop].
  static RunningConnections atRate(LabPod pod, int port, Duration patience, int rate) {
    return start(pod, port, patience, rate, 0, 1, List.of(Node.OUTSIDE_ADDRESS));
  }

  /// Makes so many connections, and so many at a time.
  static RunningConnections some(
      LabPod pod, int port, Duration patience, int count, int atOnce, List<String> addresses) {
    return start(pod, port, patience, 0, count, atOnce, addresses);
  }

  private static RunningConnections start(
      LabPod pod,
      int port,
      Duration patience,
      int rate,
      int count,
      int atOnce,
      List<String> addresses) {
    String name = pod.name() + "-" + System.nanoTime();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                name,
                String.valueOf(port),
                String.valueOf(patience.toMillis()),
                String.valueOf(rate),
                String.valueOf(count),
                String.valueOf(atOnce)));
    arguments.addAll(addresses);
    Path log = Lab.FOLDER.resolve("connections-" + name + ".log");
    Daemon daemon =
        Daemon.start(
            "connections",
            pod.netns()
                .inside(
                    JavaProgram.command(
                        ConnectionLoad.class,
                        List.of("-Xmx384m"),
                        List.of(),
                        arguments.toArray(String[]::new))),
            log);
    return new RunningConnections(name, daemon.await(() -> daemon.logText().contains("ready")));
  }

  /// Waits until it has made all that it was told to.
  List<ConnectionRecord> await(Duration limit) {
    daemon.status(limit);
    return records();
  }

  /// Ends it; what is open may finish within its patience.
  List<ConnectionRecord> stop(Duration patience) {
    daemon.signal("TERM");
    daemon.status(patience.plusSeconds(30));
    return records();
  }

  private List<ConnectionRecord> records() {
    if (daemon.isAlive()) {
      throw new IllegalStateException(name + ": has not ended");
    }
    return daemon
        .logText()
        .lines()
        .filter(line -> line.contains("\t"))
        .map(ConnectionRecord::parse)
        .toList();
  }

  @Override
  public void close() {
    daemon.kill();
  }
}
