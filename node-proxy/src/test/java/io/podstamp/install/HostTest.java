package io.podstamp.install;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostTest {
  @TempDir Path bin;

  @Test
  void requireShell_hostWithoutShell_saysSo() {
    assertThatThrownBy(() -> Host.requireShell(bin))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(bin + "/sh: missing (expected: the host's shell");
  }

  /// As NixOS and Alpine have it: the folder that it leads to is not mounted.
  @Test
  void requireShell_linkOutOfTheFolder_isAShell() throws IOException {
    Files.createSymbolicLink(bin.resolve("sh"), Path.of("/nix/store/none/bin/bash"));

    assertThatCode(() -> Host.requireShell(bin)).doesNotThrowAnyException();
  }
}
