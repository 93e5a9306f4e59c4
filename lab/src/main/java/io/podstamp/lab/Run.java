package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// A finished run of a program.
///
/// @param command what ran, with its arguments
/// @param status its exit status
/// @param out what it wrote to stdout
/// @param err what it wrote to stderr
public record Run(List<String> command, int status, String out, String err) {
  private static final long LIMIT_SECONDS = 180;
  private static final Executor VIRTUAL = task -> Thread.ofVirtual().start(task);

  public Run {
    command = List.copyOf(command);
  }

  /// Runs a program without input, to its end.
  ///
  /// @throws IllegalStateException if it does not end within three minutes
  public static Run of(List<String> command) {
    return of(new ProcessBuilder(command), "");
  }

  /// The same with other settings, and with a text as its input.
  public static Run of(ProcessBuilder builder, String stdin) {
    return of(builder, out -> out.write(stdin.getBytes(StandardCharsets.UTF_8)));
  }

  /// What is written to a program's stdin.
  public interface Input {
    void writeTo(java.io.OutputStream out) throws IOException;
  }

  /// The same with an input of any length.
  public static Run of(ProcessBuilder builder, Input stdin) {
    List<String> command = List.copyOf(builder.command());
    try {
      Process process = builder.start();
      CompletableFuture<String> out = text(process.getInputStream());
      CompletableFuture<String> err = text(process.getErrorStream());
      try (var input = process.getOutputStream()) {
        stdin.writeTo(input);
      } catch (IOException e) {
        // The program does not want (all of) its input; its status tells whether that is wrong.
      }
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            String.join(" ", command) + ": still running after " + LIMIT_SECONDS + " s");
      }
      return new Run(command, process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(String.join(" ", command) + ": interrupted", e);
    }
  }

  /// Runs a program that has to succeed.
  ///
  /// @return what it wrote to stdout
  /// @throws IllegalStateException with all it said, if it fails
  public static String ok(String... command) {
    return of(Arrays.asList(command)).orThrow().out();
  }

  public boolean isOk() {
    return status == 0;
  }

  public Run orThrow() {
    if (status != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + ": status " + status + "\n" + out + err);
    }
    return this;
  }

  private static CompletableFuture<String> text(java.io.InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        VIRTUAL);
  }
}
