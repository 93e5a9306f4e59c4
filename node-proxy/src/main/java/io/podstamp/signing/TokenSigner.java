package io.podstamp.signing;

import io.podstamp.token.PodClaims;
import io.podstamp.token.PodToken;
import io.podstamp.token.SigningKeys;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signs tokens with the keys of the configured file, and counts. Any thread but event loops: a
/// signature takes 0.1 ms.
public final class TokenSigner {
  private static final Logger log = LoggerFactory.getLogger(TokenSigner.class);

  private static final long READ_EVERY_MILLIS = 1000;

  private final InstantSource clock;
  private final LongAdder signed = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private @Nullable Reading last;
  private String logged = "";

  /// What was in the file.
  ///
  /// @param keys null when they could not be read
  private record Reading(
      KeyFile file,
      long atMillis,
      @Nullable SigningKeys keys,
      @Nullable SigningException problem) {}

  public TokenSigner(InstantSource clock) {
    this.clock = clock;
  }

  /// What time it is for tokens.
  InstantSource clock() {
    return clock;
  }

  /// The keys, as they were at most a second ago.
  synchronized SigningKeys keys(Path keyFile) throws SigningException {
    long now = clock.millis();
    Reading reading = last;
    if (reading == null
        || !reading.file.path().equals(keyFile)
        || Math.abs(now - reading.atMillis) >= READ_EVERY_MILLIS) {
      reading = read(fileOf(keyFile), now);
      last = reading;
    }
    if (reading.keys == null) {
      throw Objects.requireNonNull(reading.problem);
    }
    return reading.keys;
  }

  private KeyFile fileOf(Path keyFile) {
    Reading before = last;
    return before != null && before.file.path().equals(keyFile)
        ? before.file
        : new KeyFile(keyFile);
  }

  private Reading read(KeyFile file, long now) {
    try {
      SigningKeys keys = file.read();
      logged = "";
      return new Reading(file, now, keys, null);
    } catch (SigningException e) {
      failures.increment();
      String why = String.valueOf(e.getMessage());
      if (!why.equals(logged)) {
        logged = why;
        log.warn("no token can be signed: {}", why);
      }
      return new Reading(file, now, null, e);
    }
  }

  PodToken sign(SigningKeys keys, PodClaims claims) {
    PodToken token = PodToken.sign(keys.current(), claims, clock.instant());
    signed.increment();
    return token;
  }

  /// Tokens signed since the start.
  public long signed() {
    return signed.sum();
  }

  /// Times that the keys could not be read; they are every second.
  public long failures() {
    return failures.sum();
  }
}
