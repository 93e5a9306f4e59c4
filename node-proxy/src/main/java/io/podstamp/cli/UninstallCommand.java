package io.podstamp.cli;

import io.podstamp.handover.Remains;
import io.podstamp.install.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `podstamp uninstall`: off this node, what the agent does when its DaemonSet is deleted. Doing it
/// twice is doing it once.
@Command(
    name = "uninstall",
    description = "Takes podstamp off this node: chain, plugin, rules in Pods, state.",
    mixinStandardHelpOptions = true)
final class UninstallCommand implements Callable<Integer> {
  @Mixin private RuntimeFolders runtime;

  @Option(
      names = "--netns-dir",
      paramLabel = "D",
      defaultValue = Defaults.NETNS_DIR,
      description =
          "Where the runtime keeps the network namespaces of Pods (default: ${DEFAULT-VALUE}).")
  private Path netnsDir;

  @Option(
      names = "--socket",
      paramLabel = "P",
      defaultValue = Defaults.SOCKET,
      description = "Where the plugin found the agent (default: ${DEFAULT-VALUE}).")
  private Path socket;

  @Option(
      names = "--state-dir",
      paramLabel = "D",
      defaultValue = Defaults.STATE_DIR,
      description = "The agent's (default: ${DEFAULT-VALUE}).")
  private Path stateDir;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  UninstallCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    runtime.installation().remove().forEach(out::println);
    Remains remains = new Remains(stateDir, socket);
    if (remains.hasAgent()) {
      err.println(
          "podstamp uninstall: an agent lives on this node (expected: none); rules and state are"
              + " left to it, and if it installs, it chains again");
      return 0;
    }
    List<String> failures = Installation.removeRules(netnsDir, remains.netns());
    if (failures.isEmpty()) {
      remains.delete();
      return 0;
    }
    failures.forEach(failure -> err.println("podstamp uninstall: " + failure));
    return 1;
  }
}
