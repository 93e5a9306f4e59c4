package io.podstamp.sniff;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// The closed list of first lines that begin something else than HTTP; `non-http-openings.txt`
/// holds it, and says what may be on it.
final class NonHttpOpenings {
  /// The expressions recurse for every word of a line.
  private static final int LONGEST = 1024;

  private static final List<Pattern> LINES = load();

  private NonHttpOpenings() {}

  /// @param line without its line end, a character a byte
  static boolean contains(String line) {
    return line.length() <= LONGEST
        && LINES.stream().anyMatch(opening -> opening.matcher(line).matches());
  }

  private static List<Pattern> load() {
    try (InputStream in =
            Objects.requireNonNull(
                NonHttpOpenings.class.getResourceAsStream("non-http-openings.txt"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> Pattern.compile(line.split("\\s+", 2)[1]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
