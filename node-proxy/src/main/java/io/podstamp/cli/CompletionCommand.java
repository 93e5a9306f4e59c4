package io.podstamp.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `podstamp completion`: what a shell needs to complete podstamp's sub-commands and options.
@Command(
    name = "completion",
    description = "Prints a script for bash, and for zsh: source <(podstamp completion)",
    mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the specification.
  @SuppressWarnings("NullAway.Init")
  CompletionCommand() {}

  @Override
  public Integer call() {
    String script = AutoComplete.bash(spec.root().name(), spec.root().commandLine());
    spec.commandLine().getOut().println(script);
    return 0;
  }
}
