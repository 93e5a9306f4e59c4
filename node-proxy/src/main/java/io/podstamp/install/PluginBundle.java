package io.podstamp.install;

import io.podstamp.store.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The plugin's files in the folder where the runtime looks for executables:
///
/// ```
/// podstamp -> podstamp-0123456789abcdef/podstamp     the name in the chain; a link, so that one rename
/// podstamp-0123456789abcdef/podstamp                 changes to another version whole
/// podstamp-0123456789abcdef/podstamp.d/…             its Java runtime
/// ```
///
/// The version before stays until the next one comes: a plugin that runs may still open files of
/// it.
public final class PluginBundle {
  private static final String NAME = ChainEntry.TYPE;

  /// Of the Java runtime beside the executable, and of one that was put here by hand.
  private static final String RUNTIME = NAME + ".d";

  /// What the plugin leaves beside its runtime where that cannot run.
  private static final String MARK = "no-glibc";

  private final Path source;
  private final Path folder;
  private String lastSeen = "";

  /// @param source the folder with `podstamp` and `podstamp.d`, as the build leaves it
  /// @param folder such as `/opt/cni/bin`
  public PluginBundle(Path source, Path folder) {
    this.source = source;
    this.folder = folder;
  }

  /// Brings the files in, unless exactly these are there.
  ///
  /// @return whether something was written
  public boolean install() throws IOException {
    if (!Files.isExecutable(source.resolve(NAME))) {
      throw new FileSystemException(
          source.resolve(NAME) + ": missing (expected: the plugin, as it comes with podstamp)");
    }
    if (!Files.isDirectory(folder)) {
      throw new FileSystemException(
          folder + ": missing (expected: the folder where the runtime looks for CNI plugins)");
    }
    Replacement.removeUnfinished(folder);
    String version = Tree.digest(source);
    Path tree = folder.resolve(NAME + "-" + version);
    Path link = folder.resolve(NAME);
    Path target = Path.of(tree.getFileName().toString(), NAME);
    boolean whole = Files.isDirectory(tree) && Tree.digest(tree).equals(version);
    @Nullable Path before = Files.isSymbolicLink(link) ? Files.readSymbolicLink(link) : null;
    if (whole && target.equals(before)) {
      return false;
    }
    if (!whole) {
      Path unfinished = Replacement.unfinished(tree);
      Tree.copy(source, unfinished);
      Tree.delete(tree);
      AtomicFile.rename(unfinished, tree);
    }
    Path unfinished = Replacement.unfinished(link);
    Files.createSymbolicLink(unfinished, target);
    AtomicFile.rename(unfinished, link);
    deleteTrees(tree, before == null ? null : folder.resolve(before).getParent());
    return true;
  }

  /// Brings the files in again if somebody has changed or taken them; as long as they look as they
  /// did, none is read. One thread at a time.
  ///
  /// @return whether something was written
  boolean mend() throws IOException {
    if (!lastSeen.isEmpty() && lastSeen.equals(glance())) {
      return false;
    }
    boolean written = install();
    lastSeen = glance();
    return written;
  }

  private String glance() throws IOException {
    Path link = folder.resolve(NAME);
    if (!Files.isSymbolicLink(link)) {
      return "";
    }
    Path tree = folder.resolve(Files.readSymbolicLink(link)).getParent();
    return tree == null ? "" : Tree.glance(tree);
  }

  /// Whether the plugin was called and found that its runtime cannot run on this host. Installing
  /// again forgets it.
  boolean isWithoutGlibc() {
    Path link = folder.resolve(NAME);
    try {
      return Files.exists(link.toRealPath().resolveSibling(RUNTIME).resolve(MARK));
    } catch (IOException e) {
      return false; // somebody else has taken the plugin away
    }
  }

  /// Puts the tombstone in the plugin's place and takes everything else away.
  ///
  /// @return whether something was written
  public boolean uninstall() throws IOException {
    Path link = folder.resolve(NAME);
    if (!Files.isDirectory(folder)) {
      return false;
    }
    boolean changed = false;
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !isTombstone(link)) {
      Path unfinished = Replacement.unfinished(link);
      Files.deleteIfExists(unfinished);
      Files.write(unfinished, tombstone());
      Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwxr-xr-x"));
      AtomicFile.rename(unfinished, link);
      changed = true;
    }
    Replacement.removeUnfinished(folder);
    return deleteTrees(null, null) || changed;
  }

  private static boolean isTombstone(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Arrays.equals(Files.readAllBytes(file), tombstone());
  }

  static byte[] tombstone() throws IOException {
    try (InputStream script = PluginBundle.class.getResourceAsStream("tombstone.sh")) {
      if (script == null) {
        throw new IllegalStateException("tombstone.sh is not in the jar");
      }
      return script.readAllBytes();
    }
  }

  private boolean deleteTrees(@Nullable Path keep, @Nullable Path keepToo) throws IOException {
    boolean deleted = false;
    try (DirectoryStream<Path> trees =
        Files.newDirectoryStream(
            folder,
            path ->
                path.getFileName().toString().matches(NAME + "-[0-9a-f]{16}")
                    || path.getFileName().toString().equals(RUNTIME))) {
      for (Path tree : trees) {
        if (!tree.equals(keep) && !tree.equals(keepToo)) {
          Tree.delete(tree);
          deleted = true;
        }
      }
    }
    return deleted;
  }
}
