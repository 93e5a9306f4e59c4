package io.podstamp.handover;

import io.podstamp.publish.StrictNamespaces;
import io.podstamp.store.AttachmentFiles;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What agents have left on a node, for whoever takes podstamp off it.
public final class Remains {
  private final Path stateDir;
  private final Path socket;

  public Remains(Path stateDir, Path socket) {
    this.stateDir = stateDir;
    this.socket = socket;
  }

  /// Whether an agent lives, be it one that only lets its connections finish.
  public boolean hasAgent() throws IOException {
    if (!Files.exists(stateDir.resolve(NodeLock.FILE))) {
      return false;
    }
    try (NodeLock node = NodeLock.open(stateDir)) {
      return !node.isAlone();
    }
  }

  /// The network namespaces of Pods that agents knew.
  public Set<Path> netns() throws IOException {
    Set<Path> paths = new TreeSet<>();
    if (Files.isDirectory(stateDir)) {
      new AttachmentFiles(stateDir)
          .load()
          .forEach(stored -> paths.add(stored.attachment().netns()));
    }
    return paths;
  }

  /// Deletes it. To be called when no agent lives.
  public void delete() throws IOException {
    Path attachments = stateDir.resolve(AttachmentFiles.FOLDER);
    if (Files.isDirectory(attachments)) {
      try (Stream<Path> files = Files.list(attachments)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(attachments);
    }
    Files.deleteIfExists(stateDir.resolve(StrictNamespaces.FILE));
    Files.deleteIfExists(stateDir.resolve(NodeLock.FILE));
    deleteIfEmpty(stateDir);
    Files.deleteIfExists(socket);
    deleteIfEmpty(socket.getParent());
  }

  /// A folder that others use too, or that is mounted, stays.
  private static void deleteIfEmpty(@Nullable Path folder) throws IOException {
    try {
      if (folder != null) {
        Files.deleteIfExists(folder);
      }
    } catch (DirectoryNotEmptyException e) {
      return;
    } catch (FileSystemException e) {
      // EBUSY: a mount point.
      if (Files.isDirectory(folder)) {
        return;
      }
      throw e;
    }
  }
}
