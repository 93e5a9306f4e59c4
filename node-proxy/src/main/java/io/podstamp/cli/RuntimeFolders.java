package io.podstamp.cli;

import io.podstamp.install.ConfDir;
import io.podstamp.install.Installation;
import io.podstamp.install.PluginBundle;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Where this node's container runtime looks: what `install` and `uninstall` work on.
final class RuntimeFolders {
  @Option(
      names = "--cni-bin-dir",
      paramLabel = "D",
      required = true,
      description = "Where the runtime looks for CNI plugins, such as /opt/cni/bin.")
  private Path binDir;

  @Option(
      names = "--cni-conf-dir",
      paramLabel = "D",
      required = true,
      description = "Where the runtime finds its network, such as /etc/cni/net.d.")
  private Path confDir;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  RuntimeFolders() {}

  /// What can be installed there.
  ///
  /// @param plugin the plugin's files
  Installation installation(Path plugin) {
    return new Installation(new PluginBundle(plugin, binDir), new ConfDir(confDir));
  }

  /// What is installed there; where it came from does not matter.
  Installation installation() {
    return installation(binDir);
  }
}
