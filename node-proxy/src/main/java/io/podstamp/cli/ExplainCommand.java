package io.podstamp.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `podstamp explain NAMESPACE/POD`: why a Pod is captured, or is not, in plain sentences, and what
/// to do about it.
@Command(
    name = "explain",
    description = "Says why a Pod is captured, or is not, and what to do about it.",
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  @Mixin private AgentClient agent;

  @Parameters(paramLabel = "NAMESPACE/POD")
  private String pod;

  @Option(
      names = "--output",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
      defaultValue = "table")
  private OutputFormat output;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  ExplainCommand() {}

  @Override
  public Integer call() throws IOException {
    if (!pod.matches("[^/]+/[^/]+")) {
      throw new ParameterException(
          spec.commandLine(),
          "'" + pod + "' (expected: NAMESPACE/POD, such as shop/checkout-6f9d)");
    }
    String text =
        switch (output) {
          case json -> agent.explainJson(pod).strip();
          case table -> Terminal.plain(agent.explain(pod).text());
        };
    spec.commandLine().getOut().println(text);
    return 0;
  }
}
