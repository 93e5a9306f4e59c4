package io.podstamp.explain;

import java.util.List;
import java.util.stream.Stream;

/// The answer to "why is this Pod captured, or not?".
///
/// @param pod `NAMESPACE/NAME`
/// @param verdict one or two words, such as `captured`
/// @param sentences the verdict, then what led to it, in the order it was decided
/// @param remedies what to do, the most likely first; empty when nothing is wrong
public record Explanation(
    String pod, String verdict, List<String> sentences, List<String> remedies) {
  public Explanation {
    sentences = List.copyOf(sentences);
    remedies = List.copyOf(remedies);
  }

  /// For people: a line each, the last ones saying what to do.
  public String text() {
    Stream<String> end =
        remedies.isEmpty()
            ? Stream.of("Nothing to do.")
            : remedies.stream().map(remedy -> "To change that: " + remedy + ".");
    return String.join("\n", Stream.concat(sentences.stream(), end).toList());
  }
}
