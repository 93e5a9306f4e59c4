package io.podstamp.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Watchable;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Everything that happens to one kind of object, for watches by plain HTTP. Each begins with all
/// there is and all that was deleted, since the mock has no history to begin at.
final class ApiEvents<T extends HasMetadata> implements Watcher<T>, AutoCloseable {
  /// What was last said of each object, by UID: an event's line.
  private final Map<String, byte[]> last = new LinkedHashMap<>();

  private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
  private final Watch watch;

  private record Listener(OutputStream out, CountDownLatch ended) {
    void tell(byte[] line) {
      try {
        out.write(line);
        out.flush();
      } catch (IOException gone) {
        ended.countDown();
      }
    }
  }

  @SuppressWarnings("this-escape") // the watch may tell of events at once
  private ApiEvents(Watchable<T> objects) {
    watch = objects.watch(this);
  }

  static <T extends HasMetadata> ApiEvents<T> of(Watchable<T> objects) {
    return new ApiEvents<>(objects);
  }

  /// Tells what happens until the time is over or the other side has gone.
  void stream(OutputStream out, Duration limit) throws InterruptedException {
    Listener listener = new Listener(out, new CountDownLatch(1));
    synchronized (this) {
      last.values().forEach(listener::tell);
      listeners.add(listener);
    }
    try {
      boolean _ = listener.ended.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      listeners.remove(listener);
    }
  }

  void endWatches() {
    listeners.forEach(listener -> listener.ended.countDown());
  }

  @Override
  public synchronized void eventReceived(Action action, T object) {
    byte[] line =
        "{\"type\":\"%s\",\"object\":%s}\n"
            .formatted(action, Serialization.asJson(object))
            .getBytes(UTF_8);
    last.put(object.getMetadata().getUid(), line);
    listeners.forEach(listener -> listener.tell(line));
  }

  @Override
  public void onClose(WatcherException cause) {
    throw new IllegalStateException("the mock API server has ended a watch", cause);
  }

  @Override
  public void close() {
    watch.close();
  }
}
