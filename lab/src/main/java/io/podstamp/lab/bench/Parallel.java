package io.podstamp.lab.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Several things at once.
final class Parallel {
  private Parallel() {}

  /// Does all of it, so many at a time.
  ///
  /// @return what came of it, in the same order
  static <T> List<T> all(int atOnce, List<Callable<T>> work) {
    try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(work)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
