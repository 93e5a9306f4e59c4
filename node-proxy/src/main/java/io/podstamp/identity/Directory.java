package io.podstamp.identity;

import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is known of this Node's Pods and of all Namespaces. Every look-up is answered from memory
/// at once; "not known" (null) may mean "not yet". Safe for any thread.
public interface Directory {
  /// The Pod that has the address now: never a terminated one, nor one on the host network.
  @Nullable PodRecord byIp(InetAddress ip);

  /// The Pod with the UID, terminated ones too while the API server keeps them.
  @Nullable PodRecord byUid(String uid);

  /// The Pod with the name; of several (a StatefulSet replaces its Pods) the newest live one.
  @Nullable PodRecord byName(String namespace, String name);

  /// The Pod that the runtime tells of, however it does: with its UID, without one, or, for a
  /// static Pod, with one that the API server does not know ([PodRecord#isMeantBy]).
  default @Nullable PodRecord find(PodRef told) {
    PodRecord known = told.uid().isEmpty() ? null : byUid(told.uid());
    if (known == null) {
      known = byName(told.namespace(), told.name());
    }
    return known != null && known.isMeantBy(told) ? known : null;
  }

  /// This Node's Pods, terminated ones too.
  Collection<PodRecord> pods();

  /// A Namespace; null if it is not known.
  @Nullable NamespaceRecord namespace(String name);

  /// The names of all known Namespaces.
  Set<String> namespaces();

  /// Tells of every change after it has taken effect, one at a time. The listener must not block.
  void onChange(Consumer<Change> listener);

  /// Whether all Pods and Namespaces have been heard of once. Stays true when the API server goes
  /// away later: what is known is kept.
  boolean synced();

  /// What changed; look it up again.
  sealed interface Change {
    /// The Pod appeared, changed or went.
    record OfPod(PodRef pod) implements Change {}

    /// The Namespace appeared, went, or has other annotations.
    record OfNamespace(String name) implements Change {}
  }
}
