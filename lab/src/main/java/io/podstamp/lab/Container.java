package io.podstamp.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// A container of a Pod: a program that is PID 1, with a hostname and a resolv.conf of its own, in
/// the Pod's netns.
///
/// @param daemon `unshare`, whose only child is the program
record Container(Daemon daemon) implements AutoCloseable {
  /// The signals are as a runtime leaves them: what a shell starts in the background ignores some.
  private static final String SETUP =
      """
      hostname "$1" && mount --bind "$2" /etc/resolv.conf && shift 2 &&
        exec env --default-signal "$@"
      """;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Starts a program.
  static Container start(Netns pod, String hostname, List<String> command, Path log) {
    return new Container(Daemon.start(hostname, line(pod, hostname, command), log));
  }

  /// Runs a program to its end.
  static Run run(Netns pod, String hostname, List<String> command) {
    return Run.of(line(pod, hostname, command));
  }

  private static List<String> line(Netns pod, String hostname, List<String> command) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "unshare",
                "--uts",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                SETUP,
                "container",
                hostname,
                SidecarPods.resolvConf().toString()));
    line.addAll(command);
    return pod.inside(line);
  }

  /// Waits until it has said something.
  ///
  /// @throws IllegalStateException with what it said, if it ends before or takes long
  Container await(String said) {
    daemon.await(() -> daemon.logText().contains(said));
    return this;
  }

  /// The same for a program that may be over by now.
  Container awaitOrEnd(String said) {
    if (!Wait.until(PATIENCE, () -> daemon.logText().contains(said) || !daemon.isAlive())) {
      throw new IllegalStateException("not ready after " + PATIENCE + daemon.logText());
    }
    return this;
  }

  /// Sends PID 1 a signal, as a container runtime does.
  void signal(String name) {
    Run.ok("pkill", "-" + name, "-P", String.valueOf(daemon.pid()));
  }

  /// Its exit status, which it has to have soon.
  int status() {
    return status(PATIENCE)
        .orElseThrow(() -> new IllegalStateException("still running\n" + daemon.logText()));
  }

  OptionalInt status(Duration limit) {
    return daemon.status(limit);
  }

  String said() {
    return daemon.logText();
  }

  /// What a runtime does when patience is over.
  @Override
  public void close() {
    daemon.kill();
  }
}
