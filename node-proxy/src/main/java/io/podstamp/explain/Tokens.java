package io.podstamp.explain;

import static io.podstamp.explain.Account.count;
import static io.podstamp.explain.Account.quoted;
import static io.podstamp.explain.Account.time;

import io.podstamp.capture.PodStatus;
import io.podstamp.config.TokenRule;
import io.podstamp.config.TokenSettings;
import io.podstamp.config.TokenSource;
import io.podstamp.metrics.PodMeter;
import io.podstamp.signing.PodTokens;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/// To whom the Pod's requests carry a signed token, and since when they do not.
record Tokens(Account account, PodStatus status) {
  void tell() {
    TokenSettings settings = status.policy().identity().orElse(null);
    if (settings == null) {
      return;
    }
    settings.rules().forEach(rule -> tell(rule, settings));
    status.tokens().forEach(token -> tell(token, settings));
    PodMeter.Tokens counted = status.counts().tokens();
    account.say(
        "So far %s with a token%s."
            .formatted(
                count(counted.sent(), "request"),
                counted.missing() == 0 ? "" : ", %d without".formatted(counted.missing())));
  }

  private void tell(TokenRule rule, TokenSettings settings) {
    account.say(
        "Requests to %s port %s carry %s, a token for %s."
            .formatted(
                words(rule.destinations()),
                words(rule.ports()),
                settings.header(),
                rule.audience()));
    List<Integer> missing =
        rule.ports().stream()
            .filter(port -> !status.policy().ports().value().contains(port))
            .toList();
    if (!missing.isEmpty()) {
      account.say(
          "But its connections to port %s are not captured, so that they carry none there."
              .formatted(words(missing)));
      account.advise(
          "if it is to carry a token there, list port %s too: ports in the config, or podstamp.io/ports"
              .formatted(words(missing)));
    }
  }

  private void tell(PodTokens.Status token, TokenSettings settings) {
    Instant missing = token.missingSince();
    Instant expires = token.expires();
    String problem = token.problem();
    String why = problem == null ? "it is being signed" : quoted(problem);
    if (missing != null) {
      account.say(
          "There has been no token for %s since %s: %s."
              .formatted(token.audience(), time(missing), why));
    } else if (problem != null && expires != null) {
      account.say(
          "The token for %s is good until %s, and cannot be renewed: %s."
              .formatted(token.audience(), time(expires), why));
    } else if (expires != null) {
      account.say(
          "The token for %s is good until %s, and is renewed before."
              .formatted(token.audience(), time(expires)));
    }
    if (problem != null) {
      advise(problem, settings.source());
    }
  }

  private void advise(String problem, TokenSource source) {
    switch (source) {
      case TokenSource.OfFile(Path keyFile) -> {
        if (problem.startsWith(keyFile + ":")) {
          account.advise("put identity.keyFile right; it is read every second");
        }
      }
      case TokenSource.OfSigner(URI url, Path folder) -> {
        if (problem.startsWith("signer ")) {
          account.advise(
              "look at the signer behind %s: kubectl -n podstamp get pods -l app.kubernetes.io/name=podstamp-signer"
                  .formatted(url.getAuthority()));
        } else if (problem.startsWith(folder.toString())) {
          account.advise(
              "mount token and ca.crt at %s, as the overlay signer does; the signer publishes ca.crt"
                  .formatted(folder));
        }
      }
    }
  }

  private static String words(List<?> list) {
    return list.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
