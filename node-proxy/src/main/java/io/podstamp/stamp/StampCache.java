package io.podstamp.stamp;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.Function;

/// Stamps by attachment id, rendered once, until somebody says that the Pod changed.
///
/// Bounded, so that a mistake in forgetting cannot grow without end; thread-safe.
public final class StampCache {
  private static final int MOST = 20_000;

  private final Cache<String, Stamp> stamps = Caffeine.newBuilder().maximumSize(MOST).build();

  /// The stamp, rendered if need be.
  public Stamp get(String attachmentId, Function<String, Stamp> render) {
    return stamps.get(attachmentId, render);
  }

  /// To be called after whatever the stamp is made from has changed.
  public void invalidate(String attachmentId) {
    stamps.invalidate(attachmentId);
  }
}
