package io.podstamp.admin;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who listens at a port of this network namespace, as far as `/proc` shows: in a container without
/// the host's processes it often shows nobody.
public final class PortHolder {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTENING = "0A"; // include/net/tcp_states.h

  private PortHolder() {}

  /// The program and its process, such as `nginx, process 123`; null if that cannot be seen.
  public static @Nullable String of(int port) {
    try {
      Set<String> sockets = new HashSet<>();
      for (String table : List.of("net/tcp", "net/tcp6")) {
        addSockets(PROC.resolve(table), port, sockets);
      }
      return sockets.isEmpty() ? null : process(sockets);
    } catch (IOException e) {
      return null;
    }
  }

  /// `proc_net(5)`: the second column ends in the port in hexadecimal, the fourth is the state, the
  /// tenth the inode.
  private static void addSockets(Path table, int port, Set<String> sockets) throws IOException {
    String ending = ":%04X".formatted(port);
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length > 9 && columns[1].endsWith(ending) && columns[3].equals(LISTENING)) {
          sockets.add("socket:[" + columns[9] + "]");
        }
      }
    } catch (NoSuchFileException e) {
      // A kernel without IPv6.
    }
  }

  private static @Nullable String process(Set<String> sockets) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
      for (Path process : processes) {
        if (hasOpen(process, sockets)) {
          return Files.readString(process.resolve("comm")).strip()
              + ", process "
              + process.getFileName();
        }
      }
    }
    return null;
  }

  private static boolean hasOpen(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : open) {
        if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
          return true;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // Gone by now, or not ours to look at.
    }
    return false;
  }
}
