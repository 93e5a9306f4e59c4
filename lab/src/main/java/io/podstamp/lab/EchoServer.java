package io.podstamp.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// A running [Echo].
public final class EchoServer implements AutoCloseable {
  /// One of the ports that the agent is told to stamp, like 80.
  public static final int PORT = 8080;

  private final Daemon daemon;

  private EchoServer(Daemon daemon) {
    this.daemon = daemon;
  }

  /// In a netns.
  public static EchoServer in(Netns netns, Path folder) {
    return in(netns, PORT, folder);
  }

  /// In a netns, at another port.
  static EchoServer in(Netns netns, int port, Path folder) {
    return start(
        netns.inside(command(port)), folder.resolve("echo-" + netns.name() + "-" + port + ".log"));
  }

  /// On the Node itself: there is no masquerade between it and a Pod.
  public static EchoServer onNode(Path folder) {
    return start(command(PORT), folder.resolve("echo-node.log"));
  }

  private static EchoServer start(List<String> command, Path log) {
    Daemon daemon = Daemon.start("echo", command, log);
    daemon.await(() -> daemon.logText().contains("ready"));
    return new EchoServer(daemon);
  }

  /// The request heads so far that contain a text, oldest first, each with its empty line.
  public List<String> heads(String text) {
    return Arrays.stream(daemon.logText().replaceFirst("ready\n", "").split("(?<=\r\n\r\n)"))
        .filter(head -> head.contains(text))
        .toList();
  }

  /// The CPU time it has used.
  public Duration cpu() {
    return ProcessHandle.of(daemon.pid()).flatMap(it -> it.info().totalCpuDuration()).orElseThrow();
  }

  private static List<String> command(int port) {
    return JavaProgram.command(Echo.class, String.valueOf(port));
  }

  @Override
  public void close() {
    daemon.close();
  }
}
