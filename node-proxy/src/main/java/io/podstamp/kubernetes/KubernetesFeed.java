package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.podstamp.identity.FeedHealth;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One informer that never gives up, and what is done with its objects. fabric8 retries with
/// growing pauses as long as the exception handler says so; the first failure of a series is
/// logged, the others are counted.
final class KubernetesFeed<T extends HasMetadata>
    implements ResourceEventHandler<T>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KubernetesFeed.class);

  /// Failures closer than this are one series; the longest pause between two attempts is 16 s.
  private static final long SERIES_NANOS = TimeUnit.MINUTES.toNanos(1);

  /// A watch lasts two of these at most; opening the next one may take the time of a third.
  private static final int SILENT_AFTER_LIVES = 3;

  private final String what;
  private final SharedIndexInformer<T> informer;
  private final Consumer<T> put;
  private final Consumer<T> remove;
  private final Duration longestSilence;
  private volatile boolean synced;
  private volatile boolean closed;
  private volatile long heardAtNanos = System.nanoTime();
  private final LongAdder allFailures = new LongAdder();
  private long failedAtNanos = System.nanoTime() - SERIES_NANOS;
  private int failures;

  /// @param what in messages, such as `Pods`
  /// @param informer not started yet
  /// @param shortestWatch how long a watch lasts, see [WatchLife]
  /// @param slim what is kept of an object
  KubernetesFeed(
      String what,
      SharedIndexInformer<T> informer,
      Duration shortestWatch,
      UnaryOperator<T> slim,
      Consumer<T> put,
      Consumer<T> remove) {
    this.what = what;
    this.informer = informer;
    this.longestSilence = shortestWatch.multipliedBy(SILENT_AFTER_LIVES);
    WatchLife.set(informer, shortestWatch);
    this.put = put;
    this.remove = remove;
    informer.removeNamespaceIndex().itemStore(new SlimStore<>(slim));
  }

  /// Returns at once.
  void start() {
    informer.exceptionHandler((started, cause) -> failed(cause)).addEventHandler(this);
    var _ = informer.start();
  }

  /// Whether one whole list has gone through.
  boolean synced() {
    return synced;
  }

  /// How well it hears now. One that has not been answered for longer than a watch lasts does not
  /// watch, whatever its connection seems to be; between two watches it does.
  FeedHealth health() {
    Duration age = Duration.ofNanos(System.nanoTime() - heardAtNanos);
    return new FeedHealth(
        what.toLowerCase(Locale.ROOT), age.compareTo(longestSilence) <= 0, age, allFailures.sum());
  }

  /// The API server has answered a list or a watch.
  void answered() {
    heard();
  }

  private void heard() {
    heardAtNanos = System.nanoTime();
  }

  @Override
  public void onAdd(T item) {
    heard();
    put.accept(item);
  }

  @Override
  public void onUpdate(T before, T item) {
    heard();
    put.accept(item);
  }

  @Override
  public void onDelete(T item, boolean lastStateUnknown) {
    heard();
    remove.accept(item);
  }

  /// Comes after the events of its list.
  @Override
  public void onList(String resourceVersion, boolean remainedEmpty) {
    synced = true;
    heard();
    recovered();
  }

  @Override
  public void close() {
    closed = true;
    informer.stop();
  }

  private synchronized boolean failed(Throwable cause) {
    if (closed) {
      return false;
    }
    long nowNanos = System.nanoTime();
    if (nowNanos - failedAtNanos >= SERIES_NANOS) {
      failures = 0;
      log.warn(
          "{}: not heard from the API server, asking again for ever (maybe it is down, or rights to"
              + " list and watch are missing): {}",
          what,
          cause instanceof CompletionException && cause.getCause() != null
              ? cause.getCause().toString()
              : cause.toString());
    }
    failedAtNanos = nowNanos;
    failures++;
    allFailures.increment();
    return true;
  }

  private synchronized void recovered() {
    if (failures > 0) {
      log.info("{}: the API server answers again, after {} failures", what, failures);
      failures = 0;
    }
  }
}
