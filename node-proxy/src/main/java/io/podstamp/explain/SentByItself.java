package io.podstamp.explain;

import io.podstamp.config.Annotations;
import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderNames;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Labels;
import io.podstamp.config.PodPolicy;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/// What is said of headers that podstamp writes and that a Pod sends itself: it may be a proxy, and
/// then it is its callers' addresses that are removed.
record SentByItself(Account account, PodFacts facts, PodPolicy policy) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// Lists of addresses, to which each proxy adds one (RFC 7239, section 4).
  private static final Set<String> LISTS = Set.of("x-forwarded-for", "forwarded");

  /// @param requests that came with a header, by its name
  void tell(Map<String, Long> requests) {
    new TreeMap<>(requests).forEach(this::tell);
  }

  private void tell(String header, long requests) {
    HeaderMode mode =
        policy.headers().value().stream()
            .filter(rule -> isSame(rule.name(), header))
            .map(HeaderRule::mode)
            .findFirst()
            .orElse(isToken(header) ? HeaderMode.SET : HeaderMode.REMOVE);
    account.say(
        "It sends %s itself, in %s; %s."
            .formatted(header, Account.count(requests, "request"), fate(mode)));
    if (mode == HeaderMode.SET && LISTS.contains(HeaderNames.folded(header))) {
      account.advise(
          "if it is a proxy whose callers' addresses are missed, in its template and here: %s"
              .formatted(append(header)));
    }
  }

  private boolean isToken(String header) {
    return policy.identity().filter(tokens -> isSame(tokens.header(), header)).isPresent();
  }

  private static String fate(HeaderMode mode) {
    return switch (mode) {
      case SET, REMOVE -> "what it sends is removed (mode " + Labels.dashed(mode) + ")";
      case APPEND -> "the Pod's value goes behind it (mode append)";
      case IF_ABSENT -> "what it sends is kept (mode if-absent)";
    };
  }

  /// The command that keeps all headers as they are but for that one's mode.
  private String append(String header) {
    String list =
        policy.headers().value().stream()
            .map(rule -> json(rule, isSame(rule.name(), header) ? HeaderMode.APPEND : rule.mode()))
            .collect(Collectors.joining(",", "[", "]"));
    return "kubectl -n %s annotate pod %s --overwrite '%s=%s'"
        .formatted(
            facts.namespace(), facts.name(), Annotations.HEADERS, list.replace("'", "'\\''"));
  }

  private static String json(HeaderRule rule, HeaderMode mode) {
    String value = rule.value().text();
    return "{\"name\":%s%s,\"mode\":\"%s\"}"
        .formatted(
            JSON.writeValueAsString(rule.name()),
            value.isEmpty() ? "" : ",\"value\":" + JSON.writeValueAsString(value),
            Labels.dashed(mode));
  }

  private static boolean isSame(String one, String other) {
    return HeaderNames.folded(one).equals(HeaderNames.folded(other));
  }
}
