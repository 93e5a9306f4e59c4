package io.podstamp.signer;

import io.podstamp.kubernetes.SignerObjects;
import io.podstamp.kubernetes.SignerObjects.Stored;
import io.podstamp.task.BackgroundTask;
import io.podstamp.token.SigningKey;
import io.podstamp.token.SigningKeys;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The signer's keys as they are in the Secret: read every 10 s by each signer; made, rotated and
/// published by the one that leads. What cannot be read is not written over.
///
/// On one virtual thread.
final class KeyKeeper implements AutoCloseable {
  /// In the Secret.
  static final String KEYS = "keys.json";

  /// In the ConfigMap.
  static final String JWKS = "jwks.json";

  static final String PEM = "jwks.pem";
  static final String AUTHORITY = "ca.crt";

  private static final Logger log = LoggerFactory.getLogger(KeyKeeper.class);
  private static final Duration LOOK = Duration.ofSeconds(10);

  /// A key is published 20 min before it signs: keys that were read half as long ago are no older
  /// than that.
  private static final Duration LONGEST_BLINDNESS = KeyRing.AHEAD.dividedBy(2);

  private final SignerObjects objects;
  private final InstantSource clock;
  private final Duration every;
  private final BooleanSupplier leads;
  private final Authority authority;
  private final BackgroundTask task = BackgroundTask.every("signer-keys", LOOK, this::look);
  private volatile Read last = new Read(KeyRing.EMPTY, "", Instant.MIN);
  private volatile String problem = "the Secret has not been read yet";

  /// What was in the Secret, and when that was known.
  private record Read(KeyRing ring, String json, Instant at) {
    /// Nothing of the keys.
    @Override
    public String toString() {
      return "keys as of " + at;
    }
  }

  /// The certificates by which agents know the signer, in PEM.
  interface Authority {
    String pem() throws IOException;
  }

  /// @param every how long one key signs
  /// @param leads whether this signer makes and publishes keys
  KeyKeeper(
      SignerObjects objects,
      InstantSource clock,
      Duration every,
      BooleanSupplier leads,
      Authority authority) {
    this.objects = objects;
    this.clock = clock;
    this.every = every;
    this.leads = leads;
    this.authority = authority;
  }

  KeyKeeper start() {
    task.start().soon();
    return this;
  }

  /// Has it look soon.
  void soon() {
    task.soon();
  }

  /// The key that signs now; none while it is not certain which one does.
  Optional<SigningKey> signing() {
    Instant now = clock.instant();
    return isKnown(now) ? last.ring.signingAt(now) : Optional.empty();
  }

  /// What gateways are told now.
  Optional<SigningKeys> published() {
    return last.ring.publishedAt(clock.instant());
  }

  /// For how long the key that signs has done so; zero while there is none.
  Duration age() {
    Instant now = clock.instant();
    return last.ring
        .signingSince(now)
        .map(since -> Duration.between(since, now))
        .orElse(Duration.ZERO);
  }

  private boolean isKnown(Instant now) {
    return now.isBefore(last.at.plus(LONGEST_BLINDNESS));
  }

  /// Why there is no key; empty while there is one.
  String problem() {
    return signing().isPresent() ? "" : problem;
  }

  synchronized void look() {
    try {
      lookAtSecret();
      if (leads.getAsBoolean()) {
        publish();
      }
      said("");
    } catch (IOException | IllegalArgumentException e) {
      said(String.valueOf(e.getMessage()));
    }
  }

  private void said(String now) {
    if (!now.isEmpty() && !now.equals(problem)) {
      log.warn("signing keys: {}", now);
    }
    problem = now.isEmpty() ? "there are no keys yet; the signer that leads makes them" : now;
  }

  private void lookAtSecret() throws IOException {
    Instant now = clock.instant();
    Stored stored = objects.secret();
    String json = stored.data().getOrDefault(KEYS, "");
    KeyRing ring = json.equals(last.json) ? last.ring : parsed(json);
    if (leads.getAsBoolean()) {
      KeyRing turned = ring.turnedAt(now, every);
      if (!turned.equals(ring)) {
        json = turned.json();
        objects.writeSecret(stored, KEYS, json);
        log.info("signing keys: {}", told(turned));
        ring = turned;
      }
    }
    last = new Read(ring, json, now);
  }

  private static KeyRing parsed(String json) {
    try {
      return json.isBlank() ? KeyRing.EMPTY : KeyRing.parse(json);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s in the Secret has %s (expected: what a signer wrote there; empty for new keys)"
              .formatted(KEYS, e.getMessage()),
          e);
    }
  }

  /// Their names, which are public, and times.
  private static String told(KeyRing ring) {
    return String.join(
        ", ",
        ring.keys().stream()
            .map(timed -> timed.key().kid() + " from " + timed.signsFrom())
            .toList());
  }

  private void publish() throws IOException {
    Optional<SigningKeys> keys = published();
    if (keys.isEmpty()) {
      return;
    }
    Map<String, String> wanted = new HashMap<>();
    wanted.put(JWKS, keys.get().jwks());
    wanted.put(PEM, keys.get().pem());
    wanted.put(AUTHORITY, authority.pem());
    Stored stored = objects.configMap();
    Map<String, String> data = new HashMap<>(stored.data());
    data.putAll(wanted);
    if (!data.equals(stored.data())) {
      objects.writeConfigMap(stored, wanted);
    }
  }

  @Override
  public void close() {
    task.close();
  }
}
