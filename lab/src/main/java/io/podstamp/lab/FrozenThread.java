package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// One thread of a process that stands still while the others go on, as a thread does that hangs: a
/// debugger holds it (`ptrace(2)`) until it is let go.
///
/// @param debugger a Python that holds it
record FrozenThread(Daemon debugger) implements AutoCloseable {
  /// `sys/ptrace.h`: PTRACE_SEIZE, PTRACE_INTERRUPT. The kernel lets go when the debugger ends.
  private static final String HOLD =
      """
      import ctypes, os, signal, sys
      libc, thread = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
      for request in (0x4206, 0x4207):
          if libc.ptrace(ctypes.c_long(request), ctypes.c_long(thread), None, None) != 0:
              sys.exit(os.strerror(ctypes.get_errno()))
      os.waitpid(thread, 0x40000000)  # __WALL
      print("held", flush=True)
      signal.pause()
      """;

  /// Freezes the first thread of that name.
  ///
  /// @param name as `/proc` has it: 15 characters
  static FrozenThread of(long pid, String name) {
    Daemon debugger =
        Daemon.start(
            "debugger",
            List.of("python3", "-c", HOLD, thread(pid, name)),
            Lab.FOLDER.resolve("debugger.log"));
    return new FrozenThread(debugger.await(() -> debugger.logText().contains("held")));
  }

  private static String thread(long pid, String name) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads
          .filter(thread -> comm(thread).startsWith(name))
          .map(thread -> thread.getFileName().toString())
          .sorted()
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(name + ": no such thread"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String comm(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException ended) {
      return "";
    }
  }

  @Override
  public void close() {
    debugger.kill();
  }
}
