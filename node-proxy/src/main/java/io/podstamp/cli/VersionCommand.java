package io.podstamp.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `podstamp version`: what `podstamp --version` prints.
@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the specification.
  @SuppressWarnings("NullAway.Init")
  VersionCommand() {}

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(String.join("\n", spec.root().version()));
    return 0;
  }
}
