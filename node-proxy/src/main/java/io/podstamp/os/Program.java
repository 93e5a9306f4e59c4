package io.podstamp.os;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// One run of another program, with a limit that holds whatever the program does: its output is
/// read meanwhile, it is killed when the time is over, and a program that cannot be killed, since
/// it hangs in the kernel, is left alone.
///
/// Blocks; never to be called inside a Pod's network namespace, where the thread that waits for the
/// process would stay.
public final class Program {
  /// More than any of them says; the rest is read and dropped.
  private static final int MOST_OUTPUT = 1 << 20;

  /// For a killed program to end.
  private static final long KILL_MILLIS = 500;

  private Program() {}

  /// What became of it.
  ///
  /// @param status its exit status; -1 if it was late
  /// @param output what it said until then, on both streams unless they were told apart
  /// @param late whether it had to be killed
  public record Result(int status, String output, boolean late) {
    /// Whether it ended in time and well.
    public boolean isOk() {
      return !late && status == 0;
    }
  }

  /// Runs a command with an empty input that stays open until it has ended.
  ///
  /// @throws IOException when it cannot be started
  public static Result run(List<String> command, Duration limit) throws IOException {
    return run(new ProcessBuilder(command).redirectErrorStream(true), null, limit);
  }

  /// Runs a command.
  ///
  /// @param builder how it is started
  /// @param input all that it reads; null for none, and no end of it either while it runs
  /// @throws IOException when it cannot be started
  public static Result run(ProcessBuilder builder, byte @Nullable [] input, Duration limit)
      throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    Process process = builder.start();
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    CompletableFuture<Void> said = inBackground(() -> read(process.getInputStream(), output));
    if (input != null) {
      inBackground(() -> write(process.getOutputStream(), input));
    }
    try {
      boolean ended = process.waitFor(remaining(deadline), TimeUnit.NANOSECONDS);
      if (ended) {
        await(said, remaining(deadline)); // a child of it may hold the pipe
      } else {
        process.destroyForcibly();
        boolean _ = process.waitFor(KILL_MILLIS, TimeUnit.MILLISECONDS);
      }
      return new Result(ended ? process.exitValue() : -1, text(output), !ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static long remaining(long deadline) {
    return Math.max(0, deadline - System.nanoTime());
  }

  private static void await(CompletableFuture<Void> done, long nanos) throws InterruptedException {
    try {
      done.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // What was said so far is what there is.
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static CompletableFuture<Void> inBackground(Work work) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            work.run();
          } catch (IOException e) {
            // The program has ended, or does not read: its status tells.
          }
        },
        Thread::startVirtualThread);
  }

  private static void read(InputStream from, ByteArrayOutputStream to) throws IOException {
    byte[] buffer = new byte[8192];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      synchronized (to) {
        to.write(buffer, 0, Math.min(n, MOST_OUTPUT - to.size()));
      }
    }
  }

  private static void write(OutputStream to, byte[] input) throws IOException {
    try (to) {
      to.write(input);
    }
  }

  private static String text(ByteArrayOutputStream output) {
    synchronized (output) {
      return output.toString(StandardCharsets.UTF_8);
    }
  }
}
