package io.podstamp.install;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Puts a file in another's place, so that whoever reads it meets the old or the new one, whole,
/// after a power cut too: written beside it, synced, renamed.
///
/// The file beside it has a name that no container runtime looks at; containerd reads a folder
/// again on a rename, not when a file is made (FACTS: its watcher ignores Create).
final class Replacement {
  /// Of everything of ours that is not finished: an ending that no runtime reads.
  static final String UNFINISHED = ".podstamp-unfinished";

  private Replacement() {}

  /// Replaces the content of `file`, or makes it; it has then the mode and owner of `like`.
  static void write(Path file, byte[] content, Path like) throws IOException {
    Path next = unfinished(file);
    try {
      Files.deleteIfExists(next);
      try (FileChannel channel =
          FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        copyOwnerAndMode(like, next);
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      rename(next, file);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /// Renames and makes that last.
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(to);
  }

  /// What was removed or renamed beside this file stays so.
  static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /// Where something that will be named `file` is made.
  static Path unfinished(Path file) {
    return file.resolveSibling("." + file.getFileName() + UNFINISHED);
  }

  /// Removes what a process that was killed has left.
  static void removeUnfinished(Path folder) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*" + UNFINISHED)) {
      for (Path path : left) {
        Tree.delete(path);
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
