package io.podstamp.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Whether podstamp is in the network that the container runtime uses; for callers that only ask.
public sealed interface ChainLook {
  /// It is.
  record Chained(Path file) implements ChainLook {}

  /// It is not.
  record NotChained(Path file) implements ChainLook {}

  /// There is no network that could be read.
  record Unusable(String reason) implements ChainLook {}

  /// Looks, and changes nothing.
  ///
  /// @param folder such as `/etc/cni/net.d`
  static ChainLook at(Path folder) throws IOException {
    List<Path> files = new ConfDir(folder).used();
    if (files.isEmpty()) {
      return new Unusable(
          folder + ": empty (expected: a network configuration, .conf, .conflist or .json)");
    }
    Path first = files.getFirst();
    if (!first.toString().endsWith(".conflist")) {
      return new NotChained(first);
    }
    try {
      byte[] text = Files.readAllBytes(first);
      return Arrays.equals(Conflist.parse(text).unchained(), text)
          ? new NotChained(first)
          : new Chained(first);
    } catch (UnusableException e) {
      return new Unusable(first + ": " + e.getMessage());
    }
  }
}
