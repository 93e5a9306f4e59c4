package io.podstamp.lab;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// A program that runs in the background, with everything it says in one file.
public final class Daemon implements AutoCloseable {
  /// On an idle machine it takes a second.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final String name;
  private final Process process;
  private final Path log;

  private Daemon(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /// Starts a program; its log is appended to.
  public static Daemon start(String name, List<String> command, Path log) {
    try {
      Files.createDirectories(log.getParent());
      return new Daemon(
          name,
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start(),
          log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until it serves. One that does not is ended: nobody else knows of it, and an agent that
  /// is left would keep the Node from all that come after it.
  ///
  /// @throws IllegalStateException with its log, if it dies or takes longer than two minutes
  public Daemon await(BooleanSupplier ready) {
    boolean reached = Wait.until(PATIENCE, () -> !process.isAlive() || ready.getAsBoolean());
    if (!reached || !process.isAlive()) {
      String end = process.isAlive() ? "not ready after " + PATIENCE : "ended by itself";
      kill();
      throw new IllegalStateException(name + ": " + end + "\n" + logText());
    }
    return this;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// Its exit status, if it ends within that time; 128 and the signal's number if a signal ended
  /// it.
  public OptionalInt status(Duration limit) {
    return Wait.until(limit, () -> !process.isAlive())
        ? OptionalInt.of(process.exitValue())
        : OptionalInt.empty();
  }

  public String logText() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /// Sends a signal by its name, such as `TERM`.
  public void signal(String name) {
    Run.ok("kill", "-" + name, String.valueOf(pid()));
  }

  /// What `kill -9` does.
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /// Asks it to end, and makes it end after ten seconds.
  @Override
  public void close() {
    process.destroy();
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
