package io.podstamp.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Fuzz target: in any cut the tripwire finds what its definition finds (HTTP.md, "Terms"), at the
/// same place, and nothing else. `scripts/fuzz.sh` runs it.
public final class TripwireFuzz {
  static final byte[][] NAMES = {
    "x-client-hostname".getBytes(ISO_8859_1), "pod".getBytes(ISO_8859_1), "x-y".getBytes(ISO_8859_1)
  };
  private static final Pattern DEFINITION =
      Pattern.compile(
          "(?<=^|[\\r\\n\\x0b\\x0c\\x00]|(?:^|[\\r\\n\\x0b\\x0c\\x00])[ \\t])"
              + "(x[^a-z0-9]client[^a-z0-9]hostname|pod|x[^a-z0-9]y)[^a-z0-9:]*+:",
          Pattern.CASE_INSENSITIVE);

  private TripwireFuzz() {}

  /// The first bytes say where to cut.
  public static void fuzzerTestOneInput(byte[] data) {
    int cuts = Math.min(4, data.length / 2);
    String bytes = new String(data, cuts, data.length - cuts, ISO_8859_1);
    int[] at = new int[cuts];
    for (int i = 0; i < cuts; i++) {
      at[i] = bytes.isEmpty() ? 0 : (data[i] & 0xff) * bytes.length() / 256;
    }
    Arrays.sort(at);
    String left = feed(bytes, at);
    if (!left.equals(expected(bytes))) {
      throw new AssertionError(
          "cuts %s of %s: %s left".formatted(Arrays.toString(at), bytes, left));
    }
  }

  /// Where the definition first finds a name; -1 if nowhere.
  static int firstName(String bytes) {
    Matcher matcher = DEFINITION.matcher(bytes);
    return matcher.find() ? matcher.start() : -1;
  }

  /// What leaves before the first name, or all, with `(end)`.
  static String expected(String bytes) {
    int name = firstName(bytes);
    return name < 0 ? bytes + "(end)" : bytes.substring(0, name);
  }

  /// The same by the tripwire, fed the pieces that the cuts make, held bytes joined to the next.
  static String feed(String bytes, int... cuts) {
    Tripwire tripwire = new Tripwire(NAMES);
    StringBuilder left = new StringBuilder();
    int held = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : bytes.length();
      ByteBuf window = Unpooled.wrappedBuffer(bytes.substring(held, to).getBytes(ISO_8859_1));
      int hit = tripwire.find(window, 0, window.writerIndex());
      if (hit >= 0) {
        return left.append(bytes, held, held + hit).toString();
      }
      int undecided = tripwire.undecidedFrom(window.writerIndex());
      tripwire.leave(undecided);
      left.append(bytes, held, held + undecided);
      held += undecided;
    }
    return left.append(bytes.substring(held)).append("(end)").toString();
  }
}
