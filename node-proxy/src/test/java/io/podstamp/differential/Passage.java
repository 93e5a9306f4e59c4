package io.podstamp.differential;

import io.podstamp.config.Profile;
import io.podstamp.http1.Wire;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// What becomes of the bytes of a connection whose client ends its side after them, and whose
/// server says nothing meanwhile.
///
/// @param upstream what leaves for the server
/// @param reset whether the server's side ends with a reset after these bytes
/// @param stamped how many requests the stamper says it has stamped
/// @param doubt why the bytes after them are not certain; empty when all are
/// @param whole whether the last of them has all of its body
record Passage(String upstream, boolean reset, int stamped, String doubt, boolean whole) {
  private static final Predicate<String> STAMPED = told -> told.startsWith("stamped");

  static Passage of(String bytes, Profile profile) {
    Wire.Outcome outcome = outcome(bytes, profile);
    int stamped = stamped(outcome);
    return new Passage(
        outcome.upstream(),
        outcome.events().stream().anyMatch(List.of("Abort", "Refuse")::contains),
        stamped,
        outcome.tally().stream().filter(STAMPED.negate()).collect(Collectors.joining(", ")),
        stamped(outcome(bytes + Corpus.EVIL, profile)) > stamped);
  }

  private static Wire.Outcome outcome(String bytes, Profile profile) {
    return new Wire(profile).send(bytes).eof().close();
  }

  private static int stamped(Wire.Outcome outcome) {
    return (int) outcome.tally().stream().filter(STAMPED).count();
  }

  /// Whether every byte is.
  boolean isCertain() {
    return doubt.isEmpty();
  }

  /// How many requests no server can miss for want of bytes: a reset may overtake any of them;
  /// bytes that are not certain, or still to come, may belong to the body of the last.
  int unmissable() {
    return reset ? 0 : Math.max(0, stamped - (isCertain() && whole ? 0 : 1));
  }
}
