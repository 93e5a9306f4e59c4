package io.podstamp.kubernetes;

import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.impl.DefaultSharedIndexInformer;
import io.fabric8.kubernetes.client.informers.impl.cache.Reflector;
import java.lang.reflect.Field;
import java.time.Duration;

/// How long one watch lasts. A connection that is half open, because the API server's machine or a
/// load balancer on the way forgot it, says nothing and does not end; so the client ends each watch
/// itself and opens the next one where the last event or bookmark left off.
///
/// fabric8 does that after 5 to 10 minutes, and offers no setting for it (kubernetes-client issue
/// 8111, release 8.0.0): its `Reflector` has one, but the informer keeps it in a private field.
/// `KubernetesDirectoryTest` fails when a release has it elsewhere.
final class WatchLife {
  /// Each watch lasts between this and twice as long, at random, so that the agents of a cluster do
  /// not ask in step. A watch from a recent version is one request that the API server answers from
  /// its cache, without a list: about four a minute for each Node, so 17 a second from 250 Nodes.
  static final Duration SHORTEST = Duration.ofSeconds(20);

  private WatchLife() {}

  /// Sets it for an informer that has not been started.
  static void set(SharedIndexInformer<?> informer, Duration shortest) {
    try {
      Field field = DefaultSharedIndexInformer.class.getDeclaredField("reflector");
      field.setAccessible(true);
      ((Reflector<?, ?>) field.get(informer)).setMinTimeout(shortest.toSeconds());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the informer has no reflector (expected: fabric8 8.0)", e);
    }
  }
}
