package io.podstamp.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is to be done with one Pod: the config, overlaid by its Namespace's annotations, overlaid
/// by its own. A pure function of what is known; each setting remembers who decided it.
///
/// @param guardAppended see [StampRules]
/// @param proxyProtocol the first that is for a destination counts; each with who wanted it
/// @param identity the config's: no annotation says who gets a token
/// @param namespaceKnown false while the Namespace's annotations could not be had: the policy may
///   change once they are
/// @param problems of all annotations, each with where it stands
public record PodPolicy(
    Decision<Enablement> enablement,
    Decision<List<Integer>> ports,
    Decision<List<HeaderRule>> headers,
    Decision<List<String>> removeAlso,
    Decision<Profile> profile,
    Decision<Connect> connect,
    boolean guardAppended,
    Destinations destinations,
    List<Decision.Step<ProxyRule>> proxyProtocol,
    Optional<TokenSettings> identity,
    boolean namespaceKnown,
    List<String> problems) {

  public PodPolicy {
    proxyProtocol = List.copyOf(proxyProtocol);
    problems = List.copyOf(problems);
  }

  /// Works out the policy of one Pod.
  ///
  /// @param namespace the Namespace's annotations; null if not known
  /// @param pod the Pod's annotations
  /// @param linkerdContainer whether the Pod has a container [Mesh#LINKERD_CONTAINER]
  public static PodPolicy of(
      Config config,
      @Nullable Map<String, String> namespace,
      Map<String, String> pod,
      boolean linkerdContainer) {
    Annotations outer = Annotations.parse(namespace == null ? Map.of() : namespace);
    Annotations inner = Annotations.parse(pod);
    boolean forced = inner.enabledByEither().equals(Optional.of(Enablement.ENABLED));
    Decision<Enablement> wanted =
        Decision.of(Decision.Layer.CONFIG, Enablement.DISABLED)
            .then(Decision.Layer.NAMESPACE_LABEL, outer.enabledByLabel())
            .then(Decision.Layer.NAMESPACE, outer.enabled())
            .then(Decision.Layer.POD_LABEL, inner.enabledByLabel())
            .then(Decision.Layer.POD, inner.enabled());
    Decision<Enablement> enablement =
        forced || wanted.value() == Enablement.DISABLED
            ? wanted
            : Mesh.of(pod, linkerdContainer)
                .map(mesh -> wanted.then(mesh, Optional.of(Enablement.DISABLED)))
                .orElse(wanted);
    PodOverrides overrides = new PodOverrides(config, outer, inner);
    Decision<Profile> profile = overlay(config.profile(), outer.profile(), inner.profile());
    return new PodPolicy(
        enablement,
        overlay(config.ports(), outer.ports(), inner.ports()),
        overlay(config.headers(), outer.headers(), overrides.podHeaders()),
        overlay(config.removeAlso(), outer.removeAlso(), overrides.podRemoveAlso()),
        profile,
        overlay(config.connect(), outer.connect(), inner.connect()),
        config.guardAppended().orElseGet(() -> StampRules.guardsAppended(profile.value())),
        config.destinations(),
        overrides.proxyProtocol(),
        config.identity(),
        namespace != null,
        overrides.problems());
  }

  /// The same policy with the problems of these annotations: those that stand there now, when the
  /// policy was made of what they said before they broke.
  public PodPolicy withProblemsOf(
      Config config, Map<String, String> namespace, Map<String, String> pod) {
    PodOverrides overrides =
        new PodOverrides(config, Annotations.parse(namespace), Annotations.parse(pod));
    overrides.podHeaders();
    overrides.podRemoveAlso();
    overrides.proxyProtocol();
    return new PodPolicy(
        enablement,
        ports,
        headers,
        removeAlso,
        profile,
        connect,
        guardAppended,
        destinations,
        proxyProtocol,
        identity,
        namespaceKnown,
        overrides.problems());
  }

  /// What its stamp is made from.
  public StampRules stampRules() {
    return new StampRules(
        headers.value(),
        removeAlso.value(),
        guardAppended,
        identity.map(TokenSettings::header).orElse(null));
  }

  /// The rules of the PROXY protocol alone.
  public List<ProxyRule> proxyRules() {
    return proxyProtocol.stream().map(Decision.Step::value).toList();
  }

  private static <T> Decision<T> overlay(T config, Optional<T> namespace, Optional<T> pod) {
    return Decision.of(Decision.Layer.CONFIG, config)
        .then(Decision.Layer.NAMESPACE, namespace)
        .then(Decision.Layer.POD, pod);
  }
}
