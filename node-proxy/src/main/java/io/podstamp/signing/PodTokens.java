package io.podstamp.signing;

import io.podstamp.config.TokenSettings;
import io.podstamp.token.PodClaims;
import io.podstamp.token.PodToken;
import io.podstamp.token.SigningKeys;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The tokens of one Pod, one for each audience: signed before they are needed, renewed from half
/// of their life on. Read by event loops; renewed by others, one at a time.
public final class PodTokens {
  private final TokenSigner signer;
  private final Supplier<Subject> subject;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  /// @param token the last that was signed; null if none was
  /// @param problem why no newer one is; null while all is well
  /// @param since when that began
  private record Held(@Nullable PodToken token, @Nullable String problem, Instant since) {}

  /// One token as an operator sees it.
  ///
  /// @param expires null while there is none that a receiver would take
  /// @param missingSince null while there is one
  /// @param problem why it is missing, or will be; null if all is well
  public record Status(
      String audience,
      @Nullable Instant expires,
      @Nullable Instant missingSince,
      @Nullable String problem) {}

  public PodTokens(TokenSigner signer, Supplier<Subject> subject) {
    this.signer = signer;
    this.subject = subject;
  }

  /// What a request carries now; null when there is nothing that its receiver would take. For event
  /// loops.
  public @Nullable String textFor(String audience) {
    Held now = held.get(audience);
    PodToken token = now == null ? null : now.token;
    return token == null || !token.isUsable(signer.clock().millis()) ? null : token.text();
  }

  /// Signs what is missing or due; costs next to nothing when nothing is.
  ///
  /// @param settings those in force now; null for no tokens at all
  public synchronized void renew(@Nullable TokenSettings settings) {
    if (settings == null) {
      held.clear();
      return;
    }
    List<String> audiences = settings.audiences();
    held.keySet().retainAll(audiences);
    switch (subject.get()) {
      case Subject.Unknown(String why) -> audiences.forEach(audience -> fail(audience, why));
      case Subject.Known known -> renew(settings, known, audiences);
    }
  }

  private void renew(TokenSettings settings, Subject.Known known, List<String> audiences) {
    try {
      SigningKeys keys = signer.keys(settings);
      for (String audience : audiences) {
        PodClaims claims = known.claims(settings, audience);
        Held before = held.get(audience);
        PodToken token = before == null ? null : before.token;
        if (token == null || isDue(token, claims, keys)) {
          token = signer.sign(keys, claims);
        } else if (before != null && before.problem == null) {
          continue;
        }
        held.put(audience, new Held(token, null, token.signed()));
      }
    } catch (SigningException e) {
      audiences.forEach(audience -> fail(audience, String.valueOf(e.getMessage())));
    }
  }

  /// Also when the clock was put back since: by the clock of others it would be from the future.
  private boolean isDue(PodToken token, PodClaims claims, SigningKeys keys) {
    Instant now = signer.clock().instant();
    return !token.claims().equals(claims)
        || !token.kid().equals(keys.current().kid())
        || !now.isBefore(token.renewal())
        || now.isBefore(token.signed());
  }

  private void fail(String audience, String why) {
    held.compute(
        audience,
        (_, before) ->
            before == null
                ? new Held(null, why, signer.clock().instant())
                : new Held(
                    before.token,
                    why,
                    before.problem == null ? signer.clock().instant() : before.since));
  }

  /// Each, by audience.
  public List<Status> status() {
    long now = signer.clock().millis();
    return held.entrySet().stream()
        .map(entry -> status(entry.getKey(), entry.getValue(), now))
        .sorted(Comparator.comparing(Status::audience))
        .toList();
  }

  private static Status status(String audience, Held held, long now) {
    PodToken token = held.token;
    if (token != null && token.isUsable(now)) {
      return new Status(audience, token.expires(), null, held.problem);
    }
    return new Status(
        audience, null, token == null ? held.since : token.unusableFrom(), held.problem);
  }
}
