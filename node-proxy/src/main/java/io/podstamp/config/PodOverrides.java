package io.podstamp.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a Pod's and its Namespace's annotations may change where the config has a say: headers, and
/// destinations of the PROXY protocol.
///
/// Identity is never a Pod author's to write: headers that are ([HeaderNames#isIdentity]) have the
/// value that the Namespace or the config gives them, whatever a Pod's annotation says.
final class PodOverrides {
  private final Config config;
  private final Annotations namespace;
  private final Annotations pod;
  private final List<String> problems = new ArrayList<>();

  PodOverrides(Config config, Annotations namespace, Annotations pod) {
    this.config = config;
    this.namespace = namespace;
    this.pod = pod;
    namespace.problems().forEach(problem -> problems.add("Namespace: " + problem));
    pod.problems().forEach(problem -> problems.add("Pod: " + problem));
    namespace.headers().orElse(List.of()).stream()
        .filter(rule -> isToken(rule.name()))
        .forEach(rule -> refuseToken("Namespace: ", rule));
  }

  /// All that was found so far, each with where it stands.
  List<String> problems() {
    return List.copyOf(problems);
  }

  /// The Pod's, as far as they are its to say.
  Optional<List<HeaderRule>> podHeaders() {
    return permitted(Annotations.HEADERS, pod.headers())
        .map(rules -> rules.stream().flatMap(this::withOuterValue).toList());
  }

  Optional<List<String>> podRemoveAlso() {
    return permitted(Annotations.REMOVE_ALSO, pod.removeAlso());
  }

  private <T> Optional<T> permitted(String key, Optional<T> value) {
    if (value.isEmpty() || config.podMayOverride()) {
      return value;
    }
    problems.add("Pod: " + key + ": not read (expected: none, podMayOverride is false)");
    return Optional.empty();
  }

  private boolean isToken(String name) {
    return config
        .identity()
        .filter(tokens -> HeaderNames.folded(tokens.header()).equals(HeaderNames.folded(name)))
        .isPresent();
  }

  private void refuseToken(String where, HeaderRule rule) {
    problems.add(
        where
            + Annotations.HEADERS
            + ": "
            + rule.name()
            + ": '"
            + rule.value().text()
            + "' (expected: no such header; the config's identity alone says what it carries)");
  }

  private Stream<HeaderRule> withOuterValue(HeaderRule rule) {
    if (isToken(rule.name())) {
      refuseToken("Pod: ", rule);
      return Stream.empty();
    }
    if (rule.mode() == HeaderMode.REMOVE || !HeaderNames.isIdentity(rule.name())) {
      return Stream.of(rule);
    }
    String where = "Pod: " + Annotations.HEADERS + ": " + rule.name() + ": '" + rule.value().text();
    Optional<ValueTemplate> outer = outerValue(rule.name());
    if (outer.isEmpty()) {
      problems.add(where + "' (expected: no such header, which the config does not have)");
      return Stream.empty();
    }
    if (!outer.get().equals(rule.value())) {
      problems.add(
          where
              + "' (expected: '"
              + outer.get().text()
              + "', which is sent; its value is not a Pod's to write)");
    }
    return Stream.of(new HeaderRule(rule.name(), outer.get(), rule.mode()));
  }

  private Optional<ValueTemplate> outerValue(String name) {
    String folded = HeaderNames.folded(name);
    return Stream.of(namespace.headers().orElse(config.headers()), Config.DEFAULT.headers())
        .flatMap(List::stream)
        .filter(rule -> rule.mode() != HeaderMode.REMOVE)
        .filter(rule -> HeaderNames.folded(rule.name()).equals(folded))
        .findFirst()
        .map(HeaderRule::value);
  }

  /// The config's, and behind them what annotations add: to the first rule that has the port.
  List<Decision.Step<ProxyRule>> proxyProtocol() {
    List<Decision.Step<ProxyRule>> rules = new ArrayList<>();
    config
        .proxyProtocol()
        .forEach(rule -> rules.add(new Decision.Step<>(Decision.Layer.CONFIG, rule)));
    namespace
        .proxyProtocol()
        .ifPresent(added -> add(rules, Decision.Layer.NAMESPACE, "Namespace: ", added));
    pod.proxyProtocol().ifPresent(added -> add(rules, Decision.Layer.POD, "Pod: ", added));
    return rules;
  }

  private void add(
      List<Decision.Step<ProxyRule>> rules,
      Decision.Layer layer,
      String where,
      List<ProxyDestination> added) {
    for (ProxyDestination destination : added) {
      config.proxyProtocol().stream()
          .filter(rule -> rule.hasPort(destination.port()))
          .findFirst()
          .ifPresentOrElse(
              rule ->
                  rules.add(
                      new Decision.Step<>(
                          layer, rule.towards(List.of(destination.block()), destination.port()))),
              () -> problems.add(where + unknownPort(destination)));
    }
  }

  private String unknownPort(ProxyDestination destination) {
    String ports =
        config.proxyProtocol().stream()
            .flatMap(rule -> rule.ports().stream())
            .distinct()
            .sorted()
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    return Annotations.PROXY_PROTOCOL
        + ": '"
        + destination
        + "' (expected: a port that the config's proxyProtocol has: "
        + (ports.isEmpty() ? "none" : ports)
        + ")";
  }
}
