package io.podstamp.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// A folder with everything in it.
final class Tree {
  private Tree() {}

  /// What the tree holds, in 64 bits: names, permissions, contents and where links lead.
  static String digest(Path root) throws IOException {
    MessageDigest digest = sha256();
    for (Path path : walk(root)) {
      String kind =
          Files.isSymbolicLink(path)
              ? "l" + Files.readSymbolicLink(path)
              : PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
      digest.update((root.relativize(path) + "\0" + kind + "\0").getBytes(StandardCharsets.UTF_8));
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(Files.size(path)).flip());
        updateWithContent(digest, path);
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }

  /// What can be seen of the tree without reading it: where each file lies, its size and its last
  /// change. As long as that is the same, so is the digest, unless somebody takes pains. A tree
  /// that is not there looks like no other.
  static String glance(Path root) throws IOException {
    StringBuilder seen = new StringBuilder();
    try {
      for (Path path : walk(root)) {
        BasicFileAttributes file =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        seen.append(root.relativize(path)).append(' ').append(file.fileKey()).append(' ');
        seen.append(file.size()).append(' ').append(file.lastModifiedTime()).append('\n');
      }
      return seen.toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static void updateWithContent(MessageDigest digest, Path file) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (InputStream content = Files.newInputStream(file)) {
      for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// Copies a tree to where nothing is yet, with permissions and times, and syncs every file.
  static void copy(Path from, Path to) throws IOException {
    for (Path path : walk(from)) {
      Path target = to.resolve(from.relativize(path).toString());
      Files.copy(path, target, LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES);
      if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.READ)) {
          channel.force(true);
        }
      }
    }
  }

  /// Deletes a file, a link or a folder with all it holds; nothing there is no error.
  static void delete(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    for (Path inside : walk(path).reversed()) {
      Files.deleteIfExists(inside);
    }
  }

  /// Folders before what they hold, in an order that is always the same; links are not followed.
  private static List<Path> walk(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.sorted(Comparator.comparing(Path::toString)).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
