package io.podstamp.install;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// What the plugin needs of the host that it is copied to. The agent's container sees a few folders
/// of the host and runs nothing there, so one thing is looked for before anything is installed, and
/// the other is told by the plugin when it is called first.
public final class Host {
  /// What comes after is podstamp without its plugin.
  private static final String AGENT_ONLY =
      "nothing is installed, and Pods are captured after they have started";

  static final String WITHOUT_GLIBC =
      "host: no glibc (expected: /lib64/ld-linux-x86-64.so.2 or /lib/ld-linux-aarch64.so.1, which"
          + " the plugin's Java runtime is linked against); "
          + AGENT_ONLY;

  private Host() {}

  /// Makes sure that the host has the shell that starts the plugin. Without it the runtime could
  /// not start the plugin at all, and no Pod.
  ///
  /// @param bin the host's `/bin`
  /// @throws IOException with one sentence
  public static void requireShell(Path bin) throws IOException {
    // Where a link leads is of the host's concern: its folders are not here.
    if (!Files.exists(bin.resolve("sh"), LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(
          bin
              + "/sh: missing (expected: the host's shell, which starts the plugin); "
              + AGENT_ONLY);
    }
  }
}
