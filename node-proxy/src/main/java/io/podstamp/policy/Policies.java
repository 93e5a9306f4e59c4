package io.podstamp.policy;

import io.podstamp.config.Annotations;
import io.podstamp.config.Config;
import io.podstamp.config.PodPolicy;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.Lookup.Found;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is wanted for a Pod: the config now in force, overlaid by annotations from wherever they
/// can be had first: the directory, one look-up, what the runtime passed, what was last known. An
/// annotation that is broken keeps what it said before.
///
/// The memory of what a Namespace said before is written by the directory's events alone, in their
/// order, so that no late reader can put an old value back.
public final class Policies {
  private final Supplier<Config> config;
  private final Directory directory;
  private final Lookup lookup;
  private final Map<String, NamespaceRecord> namespacesInForce = new ConcurrentHashMap<>();

  public Policies(Supplier<Config> config, Directory directory, Lookup lookup) {
    this.config = config;
    this.directory = directory;
    this.lookup = lookup;
  }

  /// What is wanted for one Pod, and what it was worked out from.
  ///
  /// @param podAnnotations the Pod's as far as they are in force
  /// @param namespace the Namespace's as far as they are in force; null if it was never known
  public record Wanted(
      PodPolicy policy, Map<String, String> podAnnotations, @Nullable NamespaceRecord namespace) {}

  /// The policy of an attachment's Pod. Takes up to a second when the directory does not know the
  /// Pod yet: not for an event loop.
  ///
  /// @param podAnnotationsBefore those that were in force when this was asked last
  public Wanted of(Attachment attachment, Map<String, String> podAnnotationsBefore) {
    PodRef ref = attachment.pod();
    NamespaceRecord namespace = directory.namespace(ref.namespace());
    PodRecord pod = directory.find(ref);
    // A runtime passes annotations at most: what else may decide are labels.
    if (namespace == null
        || (pod == null && !attachment.annotations().containsKey(Annotations.ENABLED))) {
      Lookup.Answer answer = lookup.find(ref);
      // The directory may have heard of them meanwhile: then it knows better than the answer.
      pod = directory.find(ref);
      if (pod == null && answer.pod() instanceof Found.Known<PodRecord> found) {
        pod = found.value();
      }
      namespace = directory.namespace(ref.namespace());
      if (namespace == null && answer.namespace() instanceof Found.Known<NamespaceRecord> found) {
        namespace = found.value();
      }
    }
    Map<String, String> annotations = pod == null ? attachment.annotations() : pod.annotations();
    Map<String, String> podInForce = Annotations.mend(annotations, podAnnotationsBefore);
    NamespaceRecord namespaceInForce = inForce(ref.namespace(), namespace);
    Config now = config.get();
    PodPolicy policy =
        PodPolicy.of(
                now,
                namespaceInForce == null ? null : namespaceInForce.annotations(),
                podInForce,
                pod != null && pod.linkerdContainer())
            .withProblemsOf(
                now, namespace == null ? Map.of() : namespace.annotations(), annotations);
    return new Wanted(policy, podInForce, namespaceInForce);
  }

  /// A Namespace as far as it is in force; null if it was never known.
  private @Nullable NamespaceRecord inForce(String name, @Nullable NamespaceRecord now) {
    NamespaceRecord before = namespacesInForce.get(name);
    return now == null ? before : mended(now, before);
  }

  private static NamespaceRecord mended(NamespaceRecord now, @Nullable NamespaceRecord before) {
    return new NamespaceRecord(
        now.uid(),
        Annotations.mend(
            now.annotations(),
            before != null && before.isSame(now) ? before.annotations() : Map.of()));
  }

  /// The policy of a Pod that the directory knows.
  public PodPolicy of(PodRecord pod) {
    return PodPolicy.of(
        config.get(),
        annotationsInForce(pod.ref().namespace()),
        pod.annotations(),
        pod.linkerdContainer());
  }

  /// What a Namespace wants for Pods that say nothing themselves.
  public PodPolicy ofNamespace(String name) {
    return PodPolicy.of(config.get(), annotationsInForce(name), Map.of(), false);
  }

  private @Nullable Map<String, String> annotationsInForce(String name) {
    NamespaceRecord namespace = inForce(name, directory.namespace(name));
    return namespace == null ? null : namespace.annotations();
  }

  /// The policy as far as it is known without asking anybody.
  public PodPolicy known(Attachment attachment) {
    NamespaceRecord namespace = namespacesInForce.get(attachment.pod().namespace());
    return PodPolicy.of(
        config.get(),
        namespace == null ? null : namespace.annotations(),
        attachment.annotations(),
        false);
  }

  /// A Namespace appeared, went or has other annotations. To be called for every such event, in
  /// their order; reads what is so now, and returns at once.
  public void onNamespace(String name) {
    namespacesInForce.compute(
        name,
        (_, before) -> {
          NamespaceRecord now = directory.namespace(name);
          return now == null ? null : mended(now, before);
        });
  }

  /// All Namespaces have been heard of, some maybe before [#onNamespace] was told: others that are
  /// remembered are gone.
  public void onSynced() {
    Set<String> all = new HashSet<>(namespacesInForce.keySet());
    all.addAll(directory.namespaces());
    all.forEach(this::onNamespace);
  }

  /// Takes up what an earlier agent knew, for a start without API server.
  public void remember(String name, @Nullable NamespaceRecord namespace) {
    if (namespace != null) {
      namespacesInForce.putIfAbsent(name, namespace);
    }
  }
}
