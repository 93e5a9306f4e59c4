package io.podstamp.netns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// The TCP sockets of a Pod's namespace as `/proc/net/tcp` lists them (`proc_pid_net(5)`): those
/// too that wait to be accepted, and those that a process has closed and the kernel has not.
public final class SocketTable {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/thread-self/net/tcp"), Path.of("/proc/thread-self/net/tcp6"));
  private static final int LOCAL_ADDRESS = 1;
  private static final int STATE = 3;

  /// `TCP_TIME_WAIT` and `TCP_LISTEN` of `net/tcp_states.h`.
  private static final Set<String> AT_REST = Set.of("06", "0A");

  private SocketTable() {}

  /// Whether a socket with this local port has something to send, receive or wait for.
  public static boolean isBusy(Doorway doorway, Netns netns, int port) throws IOException {
    return doorway.inside(
        netns,
        () -> {
          for (Path table : TABLES) {
            if (Files.exists(table)
                && isBusy(Files.readAllLines(table, StandardCharsets.US_ASCII), port)) {
              return true;
            }
          }
          return false;
        });
  }

  static boolean isBusy(List<String> lines, int port) {
    String suffix = ":%04X".formatted(port);
    return lines.stream()
        .skip(1)
        .map(line -> line.strip().split("\\s+"))
        .anyMatch(
            fields -> fields[LOCAL_ADDRESS].endsWith(suffix) && !AT_REST.contains(fields[STATE]));
  }
}
