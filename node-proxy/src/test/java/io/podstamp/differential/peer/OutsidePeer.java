package io.podstamp.differential.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// A server that not every build runs: a line of `servers.txt`.
///
/// @param files the test resources that serve; none for a program that the script built
/// @param without the kind that it is not shown, because it ends it
/// @param command the program and its arguments
public record OutsidePeer(
    String name,
    List<String> files,
    String option,
    String without,
    List<String> command,
    String endSignal,
    List<String> versionCommand) {

  /// All lines, in their order.
  public static List<OutsidePeer> all() throws IOException {
    try (var in = Programs.class.getResourceAsStream("../servers.txt")) {
      if (in == null) {
        throw new IllegalStateException("servers.txt: not among the test resources");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(OutsidePeer::parse)
          .toList();
    }
  }

  private static OutsidePeer parse(String line) {
    List<String> words = Arrays.asList(line.split(" +"));
    int end = 4;
    while (!words.get(end).matches("TERM|INT|QUIT")) {
      end++;
    }
    return new OutsidePeer(
        words.get(0),
        words.get(1).equals("-") ? List.of() : List.of(words.get(1).split(",")),
        words.get(2),
        words.get(3).replace('_', ' '),
        words.subList(4, end),
        words.get(end),
        words.subList(end + 1, words.size()));
  }

  /// Starts it.
  ///
  /// @param home an empty folder for whatever the server writes
  public HttpPeer start(Path home) throws IOException {
    return Programs.outside(this, home);
  }

  /// What the server says of itself; empty if it does not.
  public String version() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(versionCommand).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text.lines()
        .filter(line -> !line.startsWith("Name:"))
        .findFirst()
        .orElse("")
        .replace("Version:", "")
        .strip();
  }
}
