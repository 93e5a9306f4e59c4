package io.podstamp.lease;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The file descriptors of this process (`proc_pid_limits(5)`, `proc_pid_fd(5)`).
///
/// @param open how many there are
/// @param most how many there may be
record Descriptors(long open, long most) {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final String LIMIT = "Max open files";

  /// A connection is two sockets.
  private static final int A_CONNECTION = 2;

  /// For what is not a connection and comes later: four descriptors a new Pod, the API server,
  /// probes.
  private static final int RESERVED = 64;

  static Descriptors read() throws IOException {
    return new Descriptors(countOpen(), limit());
  }

  /// How many connections there can be.
  ///
  /// @param now how many of the open descriptors' connections there are
  int connections(int now) {
    long others = Math.max(0, open - (long) A_CONNECTION * now);
    return (int) Math.clamp((most - others - RESERVED) / A_CONNECTION, 0, (long) Integer.MAX_VALUE);
  }

  /// Linux 6.2 and later give the number as the folder's size.
  private static long countOpen() throws IOException {
    long size = Files.size(OPEN);
    if (size > 0) {
      return size;
    }
    try (Stream<Path> open = Files.list(OPEN)) {
      return open.count();
    }
  }

  private static long limit() throws IOException {
    try (Stream<String> lines = Files.lines(LIMITS)) {
      return lines
          .filter(line -> line.startsWith(LIMIT))
          .map(line -> line.substring(LIMIT.length()).strip().split("\\s+", 2)[0])
          .mapToLong(soft -> soft.equals("unlimited") ? Integer.MAX_VALUE : Long.parseLong(soft))
          .findFirst()
          .orElseThrow(() -> new IOException(LIMITS + " (expected: a line '" + LIMIT + "')"));
    }
  }
}
