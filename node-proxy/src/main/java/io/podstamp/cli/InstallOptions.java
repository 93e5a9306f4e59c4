package io.podstamp.cli;

import io.podstamp.node.InstallSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What `podstamp agent` needs to install itself; without the two folders it installs nothing.
final class InstallOptions {
  @Option(
      names = "--cni-bin-dir",
      paramLabel = "D",
      required = true,
      description = "Install: where the runtime looks for CNI plugins.")
  Path binDir;

  @Option(
      names = "--cni-conf-dir",
      paramLabel = "D",
      required = true,
      description = "Install: where the runtime finds its network.")
  Path confDir;

  @Option(
      names = "--plugin",
      paramLabel = "D",
      defaultValue = InstallCommand.BUNDLE,
      description = "The plugin's files (default: those that came with this program).")
  Path plugin;

  @Option(
      names = "--host-bin",
      paramLabel = "D",
      description =
          "The host's /bin. If it has no sh, nothing is installed; not given: not looked.")
  @Nullable Path hostBin;

  @Option(
      names = "--daemon-set",
      paramLabel = "NAMESPACE/NAME",
      description =
          "Uninstall when told to end and this DaemonSet is gone; without it only `podstamp uninstall` does.")
  @Nullable String daemonSet;

  InstallSettings settings() {
    return new InstallSettings(binDir, confDir, plugin, hostBin, daemonSet);
  }

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  InstallOptions() {}
}
