package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an informer keeps: objects cut down to what is used, by UID. Of the objects of its first
/// list it tells as they are kept, so that what its listeners read has to be among that. With names
/// as keys an object that was replaced by one of the same name while the watch was down would look
/// like an update.
final class SlimStore<T extends HasMetadata> implements ItemStore<T> {
  private final Map<String, T> items = new ConcurrentHashMap<>();
  private final UnaryOperator<T> slim;

  SlimStore(UnaryOperator<T> slim) {
    this.slim = slim;
  }

  @Override
  public String getKey(T item) {
    return item.getMetadata().getUid();
  }

  @Override
  public @Nullable T put(String key, T item) {
    return items.put(key, slim.apply(item));
  }

  @Override
  public @Nullable T remove(String key) {
    return items.remove(key);
  }

  @Override
  public @Nullable T get(String key) {
    return items.get(key);
  }

  @Override
  public Stream<String> keySet() {
    return items.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return items.values().stream();
  }

  @Override
  public int size() {
    return items.size();
  }
}
