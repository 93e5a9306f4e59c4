package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/// A network namespace for one test, made by `ip netns`; the test JVM runs on a Node of its own
/// (scripts/test.sh), so that the machine never sees it.
public final class TestNetns implements AutoCloseable {
  private final String name = "test-" + UUID.randomUUID();

  public TestNetns() throws IOException {
    run("ip", "netns", "add", name);
    exec("ip", "link", "set", "lo", "up");
  }

  public Path path() {
    return Path.of("/run/netns", name);
  }

  /// Runs a command inside.
  public String exec(String... command) throws IOException {
    return run(
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of("ip", "netns", "exec", name),
                java.util.stream.Stream.of(command))
            .toArray(String[]::new));
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return output;
  }

  @Override
  public void close() throws IOException {
    run("ip", "netns", "del", name);
  }
}
