package io.podstamp.cli;

import io.podstamp.cli.Terminal.Tone;
import io.podstamp.explain.Explanation;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:the Pod is captured",
      "1:the agent does not answer",
      "2:the command line is wrong",
      "3:the Pod is not captured",
      "4:this Node's agent does not know the Pod"
    })
final class ExplainCommand implements Callable<Integer> {
  private static final int NOT_CAPTURED = 3;
  private static final int UNKNOWN = 4;

  @Mixin private AgentClient agent;
  @Mixin private Output output;

  @Parameters(paramLabel = "[NAMESPACE/]POD")
  private String pod;

  @Option(
      names = {"--namespace", "-n"},
      paramLabel = "NAMESPACE",
      description = "The Pod's, where it is given without.")
  private @Nullable String namespace;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  ExplainCommand() {}

  @Override
  public Integer call() throws IOException {
    String full = namespace == null ? pod : namespace + "/" + pod;
    if (!full.matches("[^/]+/[^/]+")) {
      throw new ParameterException(
          spec.commandLine(),
          "'"
              + full
              + "' (expected: NAMESPACE/POD, such as shop/checkout-6f9d; or -n NAMESPACE POD)");
    }
    Terminal terminal = Terminal.here();
    String answer = agent.explainJson(full);
    Explanation explanation = AgentClient.explanation(answer);
    spec.commandLine()
        .getOut()
        .println(output.isJson() ? Output.json(answer, terminal) : painted(explanation, terminal));
    return exitStatus(explanation.verdict());
  }

  static int exitStatus(String verdict) {
    return switch (verdict) {
      case "captured" -> 0;
      case "unknown" -> UNKNOWN;
      default -> NOT_CAPTURED;
    };
  }

  /// The verdict in its colour, what to do in bold.
  static String painted(Explanation explanation, Terminal terminal) {
    List<String> lines = List.of(Terminal.plain(explanation.text()).split("\n"));
    Tone verdict =
        switch (explanation.verdict()) {
          case "captured" -> explanation.remedies().isEmpty() ? Tone.GOOD : Tone.WARNING;
          case "failed" -> Tone.BAD;
          default -> Tone.WARNING;
        };
    int told = explanation.sentences().size();
    return IntStream.range(0, lines.size())
        .mapToObj(
            i ->
                i == 0
                    ? terminal.paint(verdict, lines.get(i))
                    : i < told ? lines.get(i) : terminal.paint(Tone.STRONG, lines.get(i)))
        .collect(Collectors.joining("\n"));
  }
}
