package io.podstamp.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Which container runtime there is, by the names that it gives to the network namespaces of Pods.
/// The agent's rights tell nothing else of it: neither its process nor its socket is seen.
enum RuntimeKind {
  /// Takes the first network configuration and none, if it cannot read that one (go-cni,
  /// `loadFromConfDir`).
  CONTAINERD,
  /// Takes the first that it can read (ocicni, `loadNetworks`).
  CRI_O,
  /// No Pod has run yet, or it is another one: like containerd.
  UNKNOWN;

  private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final Pattern OF_CONTAINERD = Pattern.compile("cni-" + UUID);
  private static final Pattern OF_CRI_O = Pattern.compile(UUID);

  /// By what is in a folder now.
  ///
  /// @param netnsDir such as `/run/netns`
  static RuntimeKind by(Path netnsDir) {
    List<String> names;
    try (Stream<Path> files = Files.list(netnsDir)) {
      names = files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      return UNKNOWN;
    }
    if (names.stream().anyMatch(name -> OF_CONTAINERD.matcher(name).matches())) {
      return CONTAINERD;
    }
    return names.stream().anyMatch(name -> OF_CRI_O.matcher(name).matches()) ? CRI_O : UNKNOWN;
  }

  boolean skipsWhatItCannotRead() {
    return this == CRI_O;
  }
}
