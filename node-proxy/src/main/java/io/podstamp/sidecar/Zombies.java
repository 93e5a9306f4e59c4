package io.podstamp.sidecar;

import io.podstamp.os.Libc;
import io.podstamp.task.Guarded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// What PID 1 of a container owes the others: processes whose parent has gone are its children, and
/// stay in the process table until it has asked for their status.
///
/// Java waits for the processes that it started, and takes each within milliseconds; a child that
/// has been dead for a whole period is none of those.
final class Zombies {
  private static final int PERIOD_SECONDS = 1;
  private static final Path PROC = Path.of("/proc");

  private final long spared;
  private Set<Integer> seen = Set.of();

  private Zombies(long spared) {
    this.spared = spared;
  }

  /// Starts a thread that reaps for ever.
  ///
  /// @param spared a process whose status somebody else waits for
  static void startReaping(long spared) {
    Zombies zombies = new Zombies(spared);
    Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("zombies").daemon().factory())
        .scheduleWithFixedDelay(
            new Guarded("zombies", zombies::reap),
            PERIOD_SECONDS,
            PERIOD_SECONDS,
            TimeUnit.SECONDS);
  }

  private void reap() throws IOException {
    Set<Integer> now = deadChildren();
    for (int pid : now) {
      if (seen.contains(pid)) {
        Libc.reap(pid);
      }
    }
    seen = now;
  }

  private Set<Integer> deadChildren() throws IOException {
    Set<Integer> dead = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
      for (Path process : processes) {
        int pid = Integer.parseInt(process.getFileName().toString());
        if (pid != spared && isDeadChild(process)) {
          dead.add(pid);
        }
      }
    }
    return dead;
  }

  /// `proc_pid_stat(5)`: `pid (name) state ppid …`; the name may hold anything.
  private static boolean isDeadChild(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      return stat.substring(stat.lastIndexOf(')')).startsWith(") Z 1 ");
    } catch (IOException gone) {
      return false;
    }
  }
}
