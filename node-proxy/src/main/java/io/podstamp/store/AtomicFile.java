package io.podstamp.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A file that a reader never meets half-written: the content is written beside it and renamed over
/// it. Each write has a file of its own, so that several at a time leave one of their contents,
/// whole. A write that fails, as on a full disk, leaves the file as it was and nothing beside it.
///
/// The file beside it has a name that no container runtime looks at; containerd reads a folder
/// again on a rename, not when a file is made.
public final class AtomicFile {
  /// Of everything of ours that is not finished.
  public static final String UNFINISHED = ".podstamp-unfinished";

  /// Younger ones may be another agent's, which is about to leave.
  private static final Duration LEFT_BEHIND = Duration.ofMinutes(1);

  private AtomicFile() {}

  /// Replaces the file, or makes it. After a power cut it is as before or as now.
  public static void write(Path file, byte[] content) throws IOException {
    write(file, content, null);
  }

  /// As the other, with the mode and owner of another file.
  public static void write(Path file, byte[] content, @Nullable Path like) throws IOException {
    write(file, content, like, true);
  }

  /// As the first, without waiting for the disk, which takes milliseconds: after a power cut it may
  /// be as before, or empty.
  public static void writeUnsynced(Path file, byte[] content) throws IOException {
    write(file, content, null, false);
  }

  private static void write(Path file, byte[] content, @Nullable Path like, boolean synced)
      throws IOException {
    Path next =
        file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + UNFINISHED);
    try {
      try (FileChannel channel =
          FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        if (like != null) {
          copyOwnerAndMode(like, next);
        }
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        if (synced) {
          channel.force(true);
        }
      }
      move(next, file);
      if (synced) {
        syncFolder(file);
      }
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /// Renames and makes that last.
  public static void rename(Path from, Path to) throws IOException {
    move(from, to);
    syncFolder(to);
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// What was removed or renamed beside this file stays so.
  public static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /// Removes what a process that was killed has left in a folder; that of the builds before this
  /// one ends in `.next`.
  public static void removeLeftBehind(Path folder) throws IOException {
    Instant oldest = Instant.now().minus(LEFT_BEHIND);
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(folder, ".*{" + UNFINISHED + ",.next}")) {
      for (Path path : left) {
        if (Files.getLastModifiedTime(path).toInstant().isBefore(oldest)) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  /// Only what differs is set: changing an owner is a right that we may not have and seldom need.
  private static void copyOwnerAndMode(Path like, Path file) throws IOException {
    for (String name : new String[] {"uid", "gid", "mode"}) {
      Object wanted = attribute(like, name);
      if (!wanted.equals(attribute(file, name))) {
        Files.setAttribute(file, "unix:" + name, wanted);
      }
    }
  }

  private static Object attribute(Path file, String name) throws IOException {
    Object value = Files.getAttribute(file, "unix:" + name);
    // Without the bits that say that it is a file.
    return name.equals("mode") ? (int) value & 07777 : value;
  }
}
