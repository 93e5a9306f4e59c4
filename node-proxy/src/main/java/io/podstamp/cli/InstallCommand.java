package io.podstamp.cli;

import io.podstamp.config.OnAgentDown;
import io.podstamp.install.ChainEntry;
import io.podstamp.install.Outcome;
import io.podstamp.publish.StrictNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `podstamp install`: the plugin onto this node, once. The agent does the same and keeps it so.
@Command(
    name = "install",
    description =
        "Copies the CNI plugin onto this node and chains it into the network that the runtime uses.",
    mixinStandardHelpOptions = true)
final class InstallCommand implements Callable<Integer> {
  /// Where the build leaves the plugin: beside the Java runtime that runs this.
  static final String BUNDLE = "${sys:java.home}/../cni";

  @Mixin private RuntimeFolders runtime;

  @Option(
      names = "--socket",
      paramLabel = "P",
      defaultValue = Defaults.SOCKET,
      description = "Where the plugin will find the agent (default: ${DEFAULT-VALUE}).")
  private Path socket;

  @Option(
      names = "--state-dir",
      paramLabel = "D",
      defaultValue = Defaults.STATE_DIR,
      description = "The agent's (default: ${DEFAULT-VALUE}).")
  private Path stateDir;

  @Option(
      names = "--on-agent-down",
      paramLabel = "open|closed",
      defaultValue = "open",
      description =
          "What the plugin does while the agent is away: Pods start unstamped, or wait (default: ${DEFAULT-VALUE}).")
  private OnAgentDown onAgentDown;

  @Option(
      names = "--plugin",
      paramLabel = "D",
      defaultValue = BUNDLE,
      description = "The plugin's files (default: those that came with this program).")
  private Path plugin;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  InstallCommand() {}

  @Override
  public Integer call() throws IOException {
    Outcome outcome =
        runtime
            .installation(plugin)
            .install(
                new ChainEntry(
                    socket,
                    stateDir.resolve(StrictNamespaces.FILE),
                    onAgentDown == OnAgentDown.CLOSED));
    if (outcome instanceof Outcome.LeftAlone) {
      spec.commandLine().getErr().println("podstamp install: " + outcome);
      return 1;
    }
    spec.commandLine().getOut().println(outcome);
    return 0;
  }
}
