package io.podstamp.differential.peer;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// A command and the Debian package that has it.
record Program(String command, String debianPackage) {
  /// Where it is: in the PATH, or where Debian keeps servers.
  ///
  /// @throws IllegalStateException if it is nowhere
  Path find() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin"))
        .map(folder -> Path.of(folder, command))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    command
                        + ": not in the PATH (expected: the Debian package "
                        + debianPackage
                        + "; scripts/test.sh installs it)"));
  }
}
