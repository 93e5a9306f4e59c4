package io.podstamp.signer;

import io.podstamp.token.PodToken;
import io.podstamp.token.SigningKey;
import io.podstamp.token.SigningKeys;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The keys of all signers, with the time from which each signs. That time is written down when a
/// key is made, so that signers need not agree on anything but the clock.
///
///     made, published ──20 min──► signs ──until the next one does──► published ──10 min──► gone
///
/// @param keys in the order in which they sign
record KeyRing(List<Timed> keys) {
  /// Gateways keep a JWK set for some minutes; a key is in it for that long before it signs.
  static final Duration AHEAD = Duration.ofMinutes(20);

  /// How long a key that signs no more is published: a token's life, and clocks that differ.
  static final Duration AFTER = PodToken.LIFETIME.plusMinutes(5);

  /// No keys yet.
  static final KeyRing EMPTY = new KeyRing(List.of());

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// A key, and from when on it signs.
  record Timed(SigningKey key, Instant signsFrom) {}

  KeyRing {
    keys = keys.stream().sorted(Comparator.comparing(Timed::signsFrom)).toList();
  }

  /// Reads what [#json] writes.
  ///
  /// @throws IllegalArgumentException with one clause, which has nothing of the keys
  static KeyRing parse(String json) {
    List<Timed> keys = new ArrayList<>();
    try {
      for (JsonNode one : JSON.readTree(json)) {
        keys.add(
            new Timed(
                SigningKeys.parse(one.path("pem").asString("")).current(),
                Instant.parse(one.path("signsFrom").asString(""))));
      }
    } catch (JacksonException | DateTimeException e) {
      throw new IllegalArgumentException("no list of keys with their times", e);
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("an empty list of keys");
    }
    return new KeyRing(keys);
  }

  /// As it is kept in the Secret.
  String json() {
    return JSON.writerWithDefaultPrettyPrinter()
        .writeValueAsString(
            keys.stream()
                .map(
                    timed ->
                        Map.of(
                            "pem", timed.key.secretPem(), "signsFrom", timed.signsFrom.toString()))
                .toList());
  }

  /// The key that signs now; the first one where its time is still to come by this clock, since it
  /// has been published as long as any. None if there are no keys.
  Optional<SigningKey> signingAt(Instant now) {
    return keys.stream()
        .filter(timed -> !timed.signsFrom.isAfter(now))
        .reduce((_, later) -> later)
        .or(() -> keys.stream().findFirst())
        .map(Timed::key);
  }

  /// When the key that signs now began to.
  Optional<Instant> signingSince(Instant now) {
    return signingAt(now)
        .flatMap(key -> keys.stream().filter(timed -> timed.key.equals(key)).findFirst())
        .map(Timed::signsFrom);
  }

  /// What gateways are told now: the key that signs first, then the others.
  Optional<SigningKeys> publishedAt(Instant now) {
    return signingAt(now)
        .map(
            signing -> {
              List<SigningKey> all = new ArrayList<>(List.of(signing));
              keys.stream().map(Timed::key).filter(key -> !key.equals(signing)).forEach(all::add);
              return new SigningKeys(all);
            });
  }

  /// What should be kept now: the next key is made in time, old ones go. The same if nothing is to
  /// be done.
  ///
  /// @param every how long one key signs
  KeyRing turnedAt(Instant now, Duration every) {
    List<Timed> kept = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      boolean isOver = i + 1 < keys.size() && !keys.get(i + 1).signsFrom.plus(AFTER).isAfter(now);
      if (!isOver) {
        kept.add(keys.get(i));
      }
    }
    if (kept.isEmpty()) {
      kept.add(new Timed(SigningKey.generate(), now));
    } else if (!kept.getLast().signsFrom.plus(every).minus(AHEAD).isAfter(now)) {
      kept.add(new Timed(SigningKey.generate(), now.plus(AHEAD)));
    }
    return kept.equals(keys) ? this : new KeyRing(kept);
  }
}
