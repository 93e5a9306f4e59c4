package io.podstamp.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.podstamp.config.HeaderNames;
import io.podstamp.config.Profile;
import io.podstamp.guard.TripwireHandler;
import io.podstamp.http1.Wire;
import java.util.Comparator;
import java.util.List;
import org.slf4j.LoggerFactory;

/// Fuzz target: a connection of HTTP/2. Whatever a client sends, and however it is cut:
///
/// - the cut makes no difference;
/// - what Netty's decoder reads behind us is, frame by frame, what it reads of the client, less
///   fields of ours, plus the stamp;
/// - no field that it reads has a name of ours with another value.
///
/// `scripts/fuzz.sh` runs it.
public final class Http2Fuzz {
  private static final String OPENING = Http2.PREFACE + Http2.SETTINGS;
  private static final List<String> PROTECTED =
      List.of("x-forwarded-for", "x-client-hostname", "x-team", "x-secret", "x-app");

  private Http2Fuzz() {}

  /// Called by Jazzer once: the first input is not to pay for loading classes.
  public static void fuzzerInitialize() {
    ((Logger) LoggerFactory.getLogger(TripwireHandler.class)).setLevel(Level.OFF);
    fuzzerTestOneInput(("\0\0" + Http2.headers(1, Http2.GET)).getBytes(ISO_8859_1));
  }

  /// The first byte chooses whether the server speaks first, the second where to cut.
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    String bytes = OPENING + new String(data, 2, data.length - 2, ISO_8859_1);
    int cut = (data[1] & 0xff) * bytes.length() / 256;
    boolean serverFirst = (data[0] & 1) == 0;
    Wire.Outcome whole = run(serverFirst, bytes, 0);
    check(whole.equals(run(serverFirst, bytes, cut)), bytes, "cut at " + cut);
    check(whole.upstream().length() <= 8 * bytes.length() + 4096, bytes, "amplified");
    if (serverFirst) {
      checkFrames(bytes, whole);
    }
  }

  private static Wire.Outcome run(boolean serverFirst, String bytes, int cut) {
    Wire wire = new Wire(Profile.STRICT);
    if (serverFirst) {
      wire.answer(Http2.SETTINGS);
    }
    if (cut > 0) {
      wire.send(bytes.substring(0, cut));
    }
    return wire.send(bytes.substring(cut)).eof().close();
  }

  private static void checkFrames(String bytes, Wire.Outcome outcome) {
    List<Http2.Seen> sent = Http2.frames(bytes);
    List<Http2.Seen> read = Http2.frames(outcome.upstream());
    boolean refused = outcome.tally().stream().anyMatch(told -> told.startsWith("refused"));
    for (int i = 0; i < (refused ? read.size() - 1 : read.size()); i++) {
      Http2.Seen is = read.get(i);
      Http2.Seen was = sent.get(i);
      if (is.what().contains("/1 flags")) {
        check(others(is).equals(others(was)), bytes, was + "\nbecame\n" + is);
        check(is.fields().stream().allMatch(Http2Fuzz::isAllowed), bytes, "forged: " + is);
      } else {
        check(is.equals(was), bytes, was + "\nbecame\n" + is);
      }
    }
  }

  /// Fields that are not ours, in their order. What is malformed is all alike and comes last, since
  /// Netty tells pseudo fields first.
  private static List<String> others(Http2.Seen frame) {
    return frame.fields().stream()
        .filter(field -> !isOurs(field))
        .map(field -> isWellFormed(field) ? field.toString() : "malformed")
        .sorted(Comparator.comparing("malformed"::equals))
        .toList();
  }

  private static boolean isOurs(Http2.Field field) {
    return PROTECTED.contains(HeaderNames.folded(field.name()));
  }

  private static boolean isAllowed(Http2.Field field) {
    return !isOurs(field)
        || switch (field.name()) {
          case "x-team" -> true;
          case "x-forwarded-for" -> field.value().matches("(?s)(.*, )?10\\.1\\.2\\.3");
          case "x-client-hostname" -> field.value().equals("web-0");
          default -> false;
        };
  }

  private static boolean isWellFormed(Http2.Field field) {
    return field.name().matches(":?[-!#$%&'*+.^_`|~0-9A-Za-z]+")
        && !field.value().matches("(?s).*[\\r\\n\\x0b\\x0c\\x00].*");
  }

  private static void check(boolean holds, String input, String what) {
    if (!holds) {
      throw new AssertionError("%s%n%s".formatted(what, Http2.hex(input)));
    }
  }
}
