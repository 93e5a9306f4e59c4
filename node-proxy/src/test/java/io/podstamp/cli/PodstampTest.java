package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.metrics.Build;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class PodstampTest {
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
}
