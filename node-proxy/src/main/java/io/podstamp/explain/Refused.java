package io.podstamp.explain;

import io.podstamp.config.Annotations;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Refusals;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What is said of requests that podstamp refused, and of connections that it reset: why, and what
/// the Pod can send instead.
record Refused(Account account, PodFacts facts, PodPolicy policy) {

  void tell(Refusals seen) {
    requests(seen);
    if (seen.tripped() > 0) {
      account.say(
          "It had %s reset that %s to carry a name of the stamp's where podstamp could not replace it."
              .formatted(
                  Account.count(seen.tripped(), "connection"),
                  seen.tripped() == 1 ? "was" : "were"));
      account.advise("let it leave out the names %s".formatted(names()));
    }
    if (seen.last() != null) {
      account.say("The last one was at %s.".formatted(seen.last()));
    }
  }

  private void requests(Refusals seen) {
    if (seen.requests().isEmpty()) {
      return;
    }
    String reasons =
        seen.requests().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(
                entry ->
                    "%s %d (%s)"
                        .formatted(entry.getKey().label(), entry.getValue(), entry.getKey().told()))
            .collect(Collectors.joining(", "));
    account.say("Refused were %s.".formatted(reasons));
    Set<Reason> left = EnumSet.copyOf(seen.requests().keySet());
    if (policy.profile().value() == Profile.STRICT) {
      account.advise(
          "let it send what docs/http.md calls certain, or let the rest pass unstamped, in its template and here: kubectl -n %s"
                  .formatted(facts.namespace())
              + " annotate pod %s --overwrite %s=transparent"
                  .formatted(facts.name(), Annotations.PROFILE));
    } else if (left.remove(Reason.HEAD_TOO_LARGE)) {
      account.advise("raise limits.headerBlockKibibytes in the config file");
    }
    if (policy.profile().value() != Profile.STRICT && !left.isEmpty()) {
      account.advise("let it send what docs/http.md calls certain");
    }
  }

  private String names() {
    return policy.headers().value().stream()
        .map(rule -> rule.name())
        .collect(Collectors.joining(", "));
  }
}
