package io.podstamp.cli;

import io.podstamp.config.ConfigException;
import io.podstamp.metrics.Build;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `podstamp`: picks the sub-command, and turns every failure into one sentence and an exit status.
@Command(
    name = "podstamp",
    description = "Stamps the outbound HTTP requests of Kubernetes Pods with the Pod's identity.",
    mixinStandardHelpOptions = true,
    version = "podstamp " + Build.VERSION,
    subcommands = {
      AgentCommand.class,
      SidecarCommand.class,
      InstallCommand.class,
      UninstallCommand.class,
      PodsCommand.class,
      ExplainCommand.class,
      DoctorCommand.class,
      GatewayCheckCommand.class,
      UntaintCommand.class,
      SignerCommand.class,
      JwksCommand.class,
      VersionCommand.class,
      CompletionCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Podstamp implements Runnable {
  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the specification.
  @SuppressWarnings("NullAway.Init")
  public Podstamp() {}

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "sub-command: missing (expected: agent, sidecar, install, uninstall, pods, explain, doctor, gateway-check, untaint, signer, jwks, version, completion or help)");
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /// All sub-commands, each with the version of all.
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Podstamp());
    String[] version = line.getCommandSpec().version();
    for (CommandLine command : line.getSubcommands().values()) {
      command.getCommandSpec().version(version);
    }
    // An application's arguments are its own, those with an @ too.
    return line.setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command
                  .getErr()
                  .println("podstamp " + command.getCommandName() + ": " + sentence(failure));
              return 1;
            });
  }

  /// What podstamp throws of these types is a sentence; of others, the type is a part of it.
  private static String sentence(Exception failure) {
    String type = failure.getClass().getSimpleName();
    if (failure.getMessage() == null) {
      return type;
    }
    return failure instanceof ConfigException
            || failure.getClass() == IOException.class
            || failure.getClass() == IllegalArgumentException.class
        ? failure.getMessage()
        : type + ": " + failure.getMessage();
  }
}
