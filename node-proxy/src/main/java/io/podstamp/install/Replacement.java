package io.podstamp.install;

import io.podstamp.store.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Puts a folder or a link in another's place, as [AtomicFile] does with files: made beside it
/// under a name that no runtime looks at, and renamed.
final class Replacement {
  private Replacement() {}

  /// Where something that will be named `file` is made; only the agent that holds the Node makes
  /// it.
  static Path unfinished(Path file) {
    return file.resolveSibling("." + file.getFileName() + AtomicFile.UNFINISHED);
  }

  /// Removes what a process that was killed has left.
  static void removeUnfinished(Path folder) throws IOException {
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(folder, ".*" + AtomicFile.UNFINISHED)) {
      for (Path path : left) {
        Tree.delete(path);
      }
    }
  }
}
