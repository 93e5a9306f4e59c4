package io.podstamp.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A named network namespace below /run/netns. Programs are put into it by `nsenter`; the lab's own
/// JVM never enters one, since a thread that starts there stays there.
///
/// @param name as `ip netns` shows it
public record Netns(String name) {
  public static final Path FOLDER = Path.of("/run/netns");

  /// Makes it, with its loopback up.
  public static Netns add(String name) {
    Run.ok("ip", "netns", "add", name);
    Netns netns = new Netns(name);
    netns.ip("link", "set", "lo", "up");
    return netns;
  }

  public Path path() {
    return FOLDER.resolve(name);
  }

  public boolean exists() {
    return Files.exists(path());
  }

  /// The command line that runs a program inside.
  public List<String> inside(List<String> command) {
    List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + path(), "--"));
    line.addAll(command);
    return line;
  }

  /// Runs a program inside.
  public Run run(String... command) {
    return Run.of(inside(List.of(command)));
  }

  /// `ip` inside; it has to succeed.
  public String ip(String... arguments) {
    List<String> line = new ArrayList<>(List.of("ip", "-n", name));
    line.addAll(List.of(arguments));
    return Run.of(line).orThrow().out();
  }

  /// Removes the name; the kernel removes the rest as soon as nothing uses it.
  public void delete() {
    if (exists()) {
      Run.ok("ip", "netns", "delete", name);
    }
  }
}
