package io.podstamp.redirect;

import io.podstamp.accept.Probe;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What the last probe of one Pod showed, and whether it is time for another. Used by one thread at
/// a time; told to others.
public final class Proof {
  /// Rules and listener are looked at much more often; this finds what only a connection can, such
  /// as another table that redirects first.
  private static final Duration EVERY = Duration.ofMinutes(5);

  private static final String NOT_CAPTURED =
      "a connection made inside the Pod was not captured (maybe rules of another table come first)";

  private volatile String told = "";
  private volatile @Nullable String failure;
  private @Nullable Instant at;

  /// Makes one.
  interface Maker {
    Probe.Outcome make() throws IOException;
  }

  /// What was shown is not so any more: rules were written.
  void expire() {
    at = null;
    failure = null;
  }

  boolean isDue() {
    Instant last = at;
    return last == null || failure != null || !Instant.now().isBefore(last.plus(EVERY));
  }

  /// Makes a probe.
  ///
  /// @param counts whether its outcome says anything, asked afterwards: it says nothing if new
  ///   connections were held back or let past meanwhile, and the probe is due again then
  /// @return null unless it was not captured; else what is wrong
  @Nullable String renew(Maker probe, BooleanSupplier counts) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    at = now;
    Probe.Outcome outcome = Probe.Outcome.NOT_CAPTURED;
    String why = NOT_CAPTURED;
    try {
      outcome = probe.make();
    } catch (IOException e) {
      why = "no connection could be made inside the Pod: " + e.getMessage();
    }
    if (!counts.getAsBoolean()) {
      at = null;
      return failure;
    }
    switch (outcome) {
      case CAPTURED -> {
        failure = null;
        told = now + ": a connection made inside the Pod was captured";
      }
      case REFUSED -> skip("Linux before 5.7 wants the capability NET_RAW for it");
      case NOT_CAPTURED -> fail(now, why);
    }
    return failure;
  }

  private void fail(Instant now, String why) {
    failure = why;
    told = now + ": " + why;
  }

  /// No probe can be made.
  void skip(String why) {
    failure = null;
    told = "never: " + why;
  }

  /// What is wrong by the last probe; null if nothing.
  public @Nullable String failure() {
    return failure;
  }

  /// When it was and what it showed, for a human; empty before the first.
  public String told() {
    return told;
  }
}
