package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.metrics.Build;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class PodstampTest {
  @TempDir Path dir;

  static List<String> commands() {
    return Podstamp.commandLine().getSubcommands().keySet().stream()
        .filter(name -> !name.equals("help"))
        .toList();
  }

  /// Not only `podstamp --version`: who asks a sub-command was answered by an empty line.
  @ParameterizedTest
  @MethodSource("commands")
  void version_isToldByEverySubCommand(String command) {
    StringWriter out = new StringWriter();
    CommandLine line = Podstamp.commandLine().setOut(new PrintWriter(out));

    assertThat(line.execute(command, "--version")).isZero();
    assertThat(out.toString().strip()).isEqualTo("podstamp " + Build.VERSION);
  }

  @Test
  void kubeconfigThatIsNot_isOneSentenceOfEachCommandThatTakesOne() throws Exception {
    String none = dir.resolve("none").toString();
    String config = Files.writeString(dir.resolve("config.yaml"), "{}").toString();

    for (List<String> arguments :
        List.of(
            List.of("agent", "--config", config, "--node-name", "n1"),
            List.of("signer", "--config", config, "--pod-name", "signer-0"),
            List.of("untaint"),
            List.of("doctor"))) {
      StringWriter said = new StringWriter();
      CommandLine commandLine = Podstamp.commandLine().setErr(new PrintWriter(said));
      String[] all =
          Stream.concat(arguments.stream(), Stream.of("--kubeconfig", none)).toArray(String[]::new);

      assertThat(commandLine.execute(all)).isEqualTo(1);
      assertThat(said)
          .hasToString(
              "podstamp %s: kubeconfig: %s (expected: a readable kubeconfig, or in-cluster)%n"
                  .formatted(arguments.getFirst(), none));
    }
  }
}
