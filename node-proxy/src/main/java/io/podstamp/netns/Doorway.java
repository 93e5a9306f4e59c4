package io.podstamp.netns;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The platform thread on which virtual threads have work done inside a namespace.
///
/// One is enough: what is done inside takes microseconds.
public final class Doorway implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("netns-doorway").daemon().factory());

  /// Runs the action inside the namespace and waits for it.
  public <T> T inside(Netns netns, Netns.Inside<T> action) throws IOException {
    Callable<T> call = () -> netns.inside(action);
    try {
      return thread.submit(call).get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw new IOException(io.getMessage(), io);
        case RuntimeException broken -> throw new IllegalStateException(broken);
        case Error error -> throw error;
        case null, default -> throw new AssertionError(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted on the way into a network namespace", e);
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
