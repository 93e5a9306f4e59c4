package io.podstamp.lab;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Servers of other people in the netns outside, all of them ended together.
public final class OutsideServers implements AutoCloseable {
  private final Netns outside;
  private final Path folder;
  private final Deque<Daemon> daemons = new ArrayDeque<>();

  /// None at first.
  ///
  /// @param folder for what they say, a file for each port
  public OutsideServers(Node node, Path folder) {
    this.outside = node.outside();
    this.folder = folder;
  }

  /// Starts one and waits until its port is open.
  ///
  /// @throws IllegalStateException with what it said, if it ends or does not open the port: a
  ///   program that is not installed ends so
  public Daemon start(int port, String... command) {
    Daemon daemon =
        Daemon.start(
            String.join(" ", command),
            outside.inside(List.of(command)),
            folder.resolve("server-" + port + ".log"));
    daemons.push(daemon);
    return daemon.await(() -> isListening(port));
  }

  private boolean isListening(int port) {
    return !outside.run("ss", "-Hltn", "sport", "=", ":" + port).orThrow().out().isBlank();
  }

  @Override
  public void close() {
    while (!daemons.isEmpty()) {
      daemons.pop().close();
    }
  }
}
