package io.podstamp.signing;

import io.podstamp.config.TokenSettings;
import io.podstamp.config.TokenSource;
import io.podstamp.token.PodClaims;
import io.podstamp.token.PodToken;
import io.podstamp.token.SigningKeys;
import java.nio.file.Path;
import java.time.Duration;
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
  /// What will be due within this is asked of a remote signer together with what is due.
  private static final Duration TOGETHER = Duration.ofSeconds(15);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(64);

  private final Signers signers;
  private final Supplier<Subject> subject;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  /// @param token the last that was signed; null if none was
  /// @param problem why no newer one is; null while all is well
  /// @param since when that began
  /// @param misses how often in a row a remote signer did not give what was wanted
  /// @param notBefore when it is asked again, if it did not
  private record Held(
      @Nullable PodToken token,
      @Nullable String problem,
      Instant since,
      int misses,
      Instant notBefore) {
    Held(PodToken token, Instant since) {
      this(token, null, since, 0, Instant.MIN);
    }

    /// A pause that is longer than any was begun before the clock was put back.
    boolean isPausing(Instant now) {
      return now.isBefore(notBefore) && !notBefore.isAfter(now.plus(LONGEST_PAUSE));
    }
  }

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

  public PodTokens(Signers signers, Supplier<Subject> subject) {
    this.signers = signers;
    this.subject = subject;
  }

  /// What a request carries now; null when there is nothing that its receiver would take. For event
  /// loops.
  public @Nullable String textFor(String audience) {
    Held now = held.get(audience);
    PodToken token = now == null ? null : now.token;
    return token == null || !token.isUsable(signers.clock().millis()) ? null : token.text();
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
    for (String audience : audiences) {
      PodClaims claims = known.claims(settings, audience);
      switch (settings.source()) {
        case TokenSource.OfFile(Path keyFile) -> sign(keyFile, claims);
        case TokenSource.OfSigner signer -> ask(signer, claims);
      }
    }
  }

  private void sign(Path keyFile, PodClaims claims) {
    try {
      SigningKeys keys = signers.local().keys(keyFile);
      Held before = held.get(claims.audience());
      PodToken token = before == null ? null : before.token;
      if (token == null || isDue(token, claims) || !token.kid().equals(keys.current().kid())) {
        token = signers.local().sign(keys, claims);
      } else if (before != null && before.problem == null) {
        return;
      }
      held.put(claims.audience(), new Held(token, token.signed()));
    } catch (SigningException e) {
      fail(claims.audience(), String.valueOf(e.getMessage()));
    }
  }

  /// Also when the clock was put back since: by the clock of others it would be from the future.
  private boolean isDue(PodToken token, PodClaims claims) {
    Instant now = signers.clock().instant();
    return !token.claims().equals(claims)
        || !now.isBefore(token.renewal())
        || now.isBefore(token.signed());
  }

  private void ask(TokenSource.OfSigner signer, PodClaims claims) {
    RemoteSigner remote = signers.remote();
    if (remote == null) {
      fail(claims.audience(), "there is no signer here");
      return;
    }
    Instant now = signers.clock().instant();
    Held before = held.get(claims.audience());
    PodToken token = before == null ? null : before.token;
    if (before != null && before.isPausing(now)) {
      return;
    }
    if (token == null || isDue(token, claims)) {
      remote.want(signer, claims, this, true);
    } else if (!now.isBefore(token.renewal().minus(TOGETHER))) {
      remote.want(signer, claims, this, false);
    }
  }

  /// A signer has signed.
  ///
  /// @param wanted what it was asked for
  synchronized void answered(PodClaims wanted, String text) {
    Instant now = signers.clock().instant();
    PodToken token;
    try {
      token = PodToken.received(text, now);
    } catch (IllegalArgumentException e) {
      failed(wanted.audience(), "the signer's answer is " + e.getMessage());
      return;
    }
    if (!token.claims().isSameSubject(wanted)) {
      failed(
          wanted.audience(),
          "the signer signs for %s by %s (expected: %s by %s; maybe its config is an older one)"
              .formatted(
                  token.claims().subject(),
                  token.claims().issuer(),
                  wanted.subject(),
                  wanted.issuer()));
    } else if (!token.isUsable(now.toEpochMilli())) {
      failed(
          wanted.audience(),
          "the signer's token has ended at %s, now is %s (expected: clocks that agree)"
              .formatted(token.expires(), now));
    } else if (token.claims().equals(wanted)) {
      held.put(wanted.audience(), new Held(token, now));
    } else {
      // It is good, but says less, or other addresses, than is known here: asked again.
      int misses = missesAfter(held.get(wanted.audience()));
      held.put(wanted.audience(), new Held(token, null, now, misses, now.plus(pause(misses))));
    }
  }

  /// The signer has not answered; when it is asked again is not this Pod's to say.
  synchronized void unanswered(String audience, String why) {
    fail(audience, why);
  }

  /// A signer has answered, and not with a token that could be sent.
  synchronized void failed(String audience, String why) {
    fail(audience, why);
    held.computeIfPresent(
        audience,
        (_, now) -> {
          int misses = missesAfter(now);
          return new Held(
              now.token,
              now.problem,
              now.since,
              misses,
              signers.clock().instant().plus(pause(misses)));
        });
  }

  private static int missesAfter(@Nullable Held before) {
    return before == null ? 1 : before.misses + 1;
  }

  private static Duration pause(int misses) {
    return misses > LONGEST_PAUSE.toSeconds()
        ? LONGEST_PAUSE
        : Duration.ofSeconds(Math.min(LONGEST_PAUSE.toSeconds(), 1L << (misses - 1)));
  }

  private void fail(String audience, String why) {
    Instant now = signers.clock().instant();
    held.compute(
        audience,
        (_, before) ->
            before == null
                ? new Held(null, why, now, 0, Instant.MIN)
                : new Held(
                    before.token,
                    why,
                    before.problem == null ? now : before.since,
                    before.misses,
                    before.notBefore));
  }

  /// Each, by audience.
  public List<Status> status() {
    long now = signers.clock().millis();
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
