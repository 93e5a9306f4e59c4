package io.podstamp.install;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Network configurations as they were found on nodes, and some that no runtime can read.
final class Shapes {
  static final ChainEntry ENTRY =
      new ChainEntry(
          Path.of("/run/podstamp/cni.sock"), Path.of("/var/lib/podstamp/strict-namespaces"), false);

  /// As an earlier version wrote it.
  static final ChainEntry OLDER =
      new ChainEntry(Path.of("/run/podstamp.sock"), Path.of("/var/lib/podstamp/strict"), true);

  private Shapes() {}

  static List<Path> whole() {
    return folder("shapes");
  }

  static List<Path> broken() {
    return folder("broken");
  }

  private static List<Path> folder(String name) {
    try (Stream<Path> files = Files.list(Path.of(Shapes.class.getResource(name).toURI()))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The list that a shape is, or is put into.
  static byte[] list(Path shape) throws IOException, UnusableException {
    byte[] text = Files.readAllBytes(shape);
    return shape.toString().endsWith(".conflist") ? text : Conflist.wrap(text);
  }
}
