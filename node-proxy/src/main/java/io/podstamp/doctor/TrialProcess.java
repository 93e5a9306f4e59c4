package io.podstamp.doctor;

import io.podstamp.os.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// This program once more, in a network namespace that nobody but it has and that ends with it. It
/// ends when its standard input does, so that it does not outlive who asked for it, however that
/// one ends.
///
/// @param mainClass that understands the one argument
public record TrialProcess(String mainClass, String argument) {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  List<Finding> run() throws IOException {
    List<String> command = new ArrayList<>(List.of("unshare", "--net"));
    if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") != 0) {
      command.add("--map-root-user");
    }
    command.addAll(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            mainClass,
            argument));
    try {
      Program.Result run = Program.run(command, LIMIT);
      return findings(
          run.late()
              ? run.output() + "\nit has not ended within " + LIMIT.toSeconds() + " s"
              : run.output());
    } catch (IOException e) {
      return List.of(
          Finding.fail(
              "redirect", "unshare cannot be run: " + e.getMessage(), "install util-linux"));
    }
  }

  /// One finding a line; whatever else it says is why it could not find out.
  private static List<Finding> findings(String said) {
    List<Finding> findings = new ArrayList<>();
    List<String> other = new ArrayList<>();
    for (String line : said.lines().toList()) {
      try {
        findings.add(JSON.readValue(line, Finding.class));
      } catch (JacksonException e) {
        other.add(line.strip());
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.fail(
              "redirect",
              "no redirect could be tried in a namespace of its own: " + String.join(" ", other),
              "run it as root, or in the agent's container"));
    }
    return findings;
  }
}
