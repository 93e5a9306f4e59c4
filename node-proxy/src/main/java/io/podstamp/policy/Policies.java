package io.podstamp.policy;

import io.podstamp.config.Annotations;
import io.podstamp.config.Config;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.Lookup.Found;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is wanted for a Pod: the config now in force, overlaid by annotations from wherever they
/// can be had first: the directory, one look-up, what the runtime passed, what was last known. An
/// annotation that is broken keeps what it said before.
public final class Policies {
  private final Supplier<Config> config;
  private final Directory directory;
  private final Lookup lookup;
  private final Map<String, Map<String, String>> namespacesInForce = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> podsInForce = new ConcurrentHashMap<>();

  public Policies(Supplier<Config> config, Directory directory, Lookup lookup) {
    this.config = config;
    this.directory = directory;
    this.lookup = lookup;
  }

  /// The policy of an attachment's Pod. Takes up to a second when the directory does not know the
  /// Pod yet: not for an event loop.
  public PodPolicy of(Attachment attachment) {
    PodRef ref = attachment.pod();
    Map<String, String> namespace = directory.namespaceAnnotations(ref.namespace());
    PodRecord pod =
        ref.uid().isEmpty()
            ? directory.byName(ref.namespace(), ref.name())
            : directory.byUid(ref.uid());
    if (namespace == null || (pod == null && attachment.annotations().isEmpty())) {
      Lookup.Answer answer = lookup.find(ref);
      if (pod == null && answer.pod() instanceof Found.Known<PodRecord> known) {
        pod = known.value();
      }
      if (namespace == null
          && answer.namespaceAnnotations() instanceof Found.Known<Map<String, String>> known) {
        namespace = known.value();
      }
    }
    Map<String, String> annotations = pod == null ? attachment.annotations() : pod.annotations();
    Map<String, String> annotationsInForce =
        podsInForce.compute(
            attachment.id(),
            (_, before) ->
                Annotations.mend(annotations, before == null ? attachment.annotations() : before));
    return PodPolicy.of(
            config.get(),
            namespaceInForce(ref.namespace(), namespace),
            annotationsInForce,
            pod != null && pod.linkerdContainer())
        .withProblemsOf(namespace == null ? Map.of() : namespace, annotations);
  }

  /// A Namespace's annotations as far as they are in force; null if it was never known.
  private @Nullable Map<String, String> namespaceInForce(
      String name, @Nullable Map<String, String> annotations) {
    return annotations == null
        ? namespacesInForce.get(name)
        : namespacesInForce.compute(
            name, (_, before) -> Annotations.mend(annotations, before == null ? Map.of() : before));
  }

  /// The policy of a Pod that the directory knows.
  public PodPolicy of(PodRecord pod) {
    return PodPolicy.of(
        config.get(),
        namespaceInForce(
            pod.ref().namespace(), directory.namespaceAnnotations(pod.ref().namespace())),
        pod.annotations(),
        pod.linkerdContainer());
  }

  /// What a Namespace wants for Pods that say nothing themselves.
  public PodPolicy ofNamespace(String name) {
    return PodPolicy.of(
        config.get(),
        namespaceInForce(name, directory.namespaceAnnotations(name)),
        Map.of(),
        false);
  }

  /// The policy as far as it is known without asking anybody.
  public PodPolicy known(Attachment attachment) {
    return PodPolicy.of(
        config.get(),
        namespacesInForce.get(attachment.pod().namespace()),
        attachment.annotations(),
        false);
  }

  /// The Namespace's annotations that were last in force, as far as this process knows; null if it
  /// never did.
  public @Nullable Map<String, String> namespaceAnnotations(Attachment attachment) {
    return namespacesInForce.get(attachment.pod().namespace());
  }

  /// The Pod's annotations that were last in force.
  public Map<String, String> podAnnotations(Attachment attachment) {
    return podsInForce.getOrDefault(attachment.id(), attachment.annotations());
  }

  /// The attachment is gone.
  public void forget(String attachmentId) {
    podsInForce.remove(attachmentId);
  }

  /// Takes up what an earlier agent knew, for a start without API server.
  public void remember(String namespace, @Nullable Map<String, String> annotations) {
    if (annotations != null) {
      namespacesInForce.putIfAbsent(namespace, annotations);
    }
  }
}
