package io.podstamp.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.config.HeaderMode;
import io.podstamp.http1.Wire;
import io.podstamp.stamp.GuardedNames;
import io.podstamp.stamp.Stamp;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Fuzz target: in any cut the tripwire goes off where its definition says so (docs/http.md, "The
/// tripwire"), and nowhere else, and the cut makes no difference. `scripts/fuzz.sh` runs it.
public final class TripwireFuzz {
  static final GuardedNames NAMES =
      Stamp.render(
              List.of(
                  Wire.rule("X-Client-Hostname", "", HeaderMode.REMOVE),
                  Wire.rule("Pod", "", HeaderMode.REMOVE),
                  Wire.rule("X-Y", "", HeaderMode.REMOVE)),
              Wire.POD)
          .guarded();

  private static final String LINE_START = "\\x00\\x0a-\\x0d\\x1c-\\x1e\\x85";
  private static final String SKIPPED = "(?:[\\x00-\\x20\\x7f-\\xff]|(?<=\\r)[\\s\\S])*";
  private static final String LEAD = "[\\x00-\\x20\\x7f-\\xff]*+";
  private static final String WORD = "[^ \\t" + LINE_START + "]";
  private static final String REQUEST_LINE =
      "(?:^|[%s])%s[-a-z0-9!#$%%&'*+.^_`|~]++[ \\t]++[/*h]%s*+[ \\t]++(?:%3$s++[ \\t]++)*(?:%3$s{6,9})?"
          .formatted(LINE_START, LEAD, WORD);
  private static final String FIRST_LINE =
      "(?:^|\\n%s\\n)%1$s(?=[!-~])%s++[ \\t]++%2$s++[ \\t]++%2$s{5}[0-9]%2$s{0,3}"
          .formatted(LEAD.replace("*+", "*"), WORD);
  private static final Pattern DEFINITION =
      Pattern.compile(
          "(?:^|[%s]|(?<=\\r)[\\s\\S]|%s|%s)%s%s(?:%s*(?:[^-a-z0-9_.: \\t\\r\\n][^\\r\\n:]*)?:|(?:[-_. \\t\\r\\n]|(?<=\\r)[a-z0-9])*\\xba)"
              .formatted(
                  LINE_START,
                  REQUEST_LINE,
                  FIRST_LINE,
                  LEAD,
                  anyOf("x-client-hostname", "pod", "x-y"),
                  "(?:[-_.\\x00-\\x20\\x7f-\\xff]|(?<=\\r)[a-z0-9])"),
          Pattern.CASE_INSENSITIVE);
  private static final Pattern PREFACE = Pattern.compile("PRI \\* HTTP/2\\.0[\\r\\n]");

  private TripwireFuzz() {}

  private static String anyOf(String... names) {
    return Arrays.stream(names)
        .map(name -> lettersFrom(name, 0))
        .collect(Collectors.joining("|", "(?:", ")"));
  }

  private static String lettersFrom(String name, int at) {
    if (at == name.length()) {
      return "";
    }
    String next = at + 1 < name.length() ? SKIPPED + lettersFrom(name, at + 1) : "";
    String one = letter(name.charAt(at)) + next;
    if (at + 1 == name.length() || !mayBeSharpS(name, at) || !mayBeSharpS(name, at + 1)) {
      return one;
    }
    String afterNext = at + 2 < name.length() ? SKIPPED + lettersFrom(name, at + 2) : "";
    return "(?:" + one + "|\\xdf" + afterNext + ")";
  }

  private static boolean mayBeSharpS(String name, int at) {
    return "-fiklst".indexOf(name.charAt(at)) >= 0;
  }

  private static String letter(char c) {
    String masked = "\\x%02x\\x%02x".formatted(c + 0x80, Character.toUpperCase(c) + 0x80);
    return c == '-'
        ? "[^a-z0-9]"
        : "[" + c + masked + ("fiklst".indexOf(c) >= 0 ? "\\x80-\\xff" : "") + "]";
  }

  /// The first bytes say where to cut.
  public static void fuzzerTestOneInput(byte[] data) {
    int cuts = Math.min(4, data.length / 2);
    String bytes = new String(data, cuts, data.length - cuts, ISO_8859_1);
    int[] at = new int[cuts];
    for (int i = 0; i < cuts; i++) {
      at[i] = bytes.isEmpty() ? 0 : (data[i] & 0xff) * bytes.length() / 256;
    }
    Arrays.sort(at);
    String whole = feed(bytes);
    String left = feed(bytes, at);
    if (whole.endsWith("(end)") == isFound(bytes) || !left.equals(whole)) {
      throw new AssertionError(
          "cuts %s of %s: %s left, whole %s".formatted(Arrays.toString(at), bytes, left, whole));
    }
  }

  /// Whether the definition finds something.
  static boolean isFound(String bytes) {
    return DEFINITION.matcher(bytes).find() || PREFACE.matcher(bytes).find();
  }

  /// What leaves, with `(end)` if that is all; fed the pieces that the cuts make, held bytes joined
  /// to the next.
  static String feed(String bytes, int... cuts) {
    Tripwire tripwire = new Tripwire(NAMES, Watch.NAMES);
    StringBuilder left = new StringBuilder();
    int held = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : bytes.length();
      ByteBuf window = Unpooled.wrappedBuffer(bytes.substring(held, to).getBytes(ISO_8859_1));
      int hit = tripwire.find(window, 0, window.writerIndex());
      if (hit >= 0) {
        // A preface has left in part where it was cut.
        return left.append(bytes, held, held + hit)
            .toString()
            .replaceFirst("PRI \\* HTTP/2\\.0$", "");
      }
      int undecided = tripwire.undecidedFrom(window.writerIndex());
      if (undecided < window.writerIndex()) {
        tripwire.takeBack();
      }
      left.append(bytes, held, held + undecided);
      held += undecided;
    }
    return left.append(bytes.substring(held)).append("(end)").toString();
  }
}
