package io.podstamp.differential.peer;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;

/// A server that is a program of its own. It runs as nobody in a user namespace of its own, because
/// some servers refuse to be root, and changing to another user is not possible everywhere.
final class ProcessPeer implements HttpPeer {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Process process;
  private final Path home;
  private final InetSocketAddress address;
  private final String endSignal;
  private final Seen seen;

  /// Reads what the program wrote below its home.
  interface Seen {
    List<SeenRequest> read(Path home) throws IOException;
  }

  private ProcessPeer(Process process, Path home, int port, String endSignal, Seen seen) {
    this.process = process;
    this.home = home;
    this.address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    this.endSignal = endSignal;
    this.seen = seen;
  }

  /// Returns when it listens.
  ///
  /// @param endSignal what tells it to finish and end
  static ProcessPeer start(
      Program program, List<String> arguments, Path home, int port, String endSignal, Seen seen)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("unshare", "--user", "--"));
    command.add(program.find().toString());
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("output").toFile())
            .start();
    ProcessPeer peer = new ProcessPeer(process, home, port, endSignal, seen);
    try {
      await().atMost(PATIENCE).until(() -> !process.isAlive() || peer.accepts());
    } catch (ConditionTimeoutException e) {
      process.destroyForcibly();
    }
    if (!process.isAlive()) {
      throw new IllegalStateException(program.command() + ": " + peer.output());
    }
    return peer;
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String output() throws IOException {
    return Files.readString(home.resolve("output"), java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    try {
      String kill = "kill -s " + endSignal + " " + process.pid();
      new ProcessBuilder("sh", "-c", kill).inheritIO().start().waitFor();
      if (!process.waitFor(PATIENCE)) {
        throw new IllegalStateException("does not end: " + output());
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Override
  public List<SeenRequest> seen() {
    try {
      return seen.read(home);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
