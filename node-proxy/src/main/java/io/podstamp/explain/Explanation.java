package io.podstamp.explain;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The answer to "why is this Pod captured, or not?".
///
/// @param pod `NAMESPACE/NAME`
/// @param verdict one or two words, such as `captured`
/// @param sentences the verdict, then what led to it, in the order it was decided
/// @param remedies what to do, the most likely first; empty when nothing is wrong. A command is the
///   end of one, so that it can be pasted
public record Explanation(
    String pod, String verdict, List<String> sentences, List<String> remedies) {
  private static final Pattern COMMAND = Pattern.compile("(^|: )kubectl [^`]*$");

  public Explanation {
    sentences = List.copyOf(sentences);
    remedies = List.copyOf(remedies);
  }

  /// For people: a line each, the last ones saying what to do.
  public String text() {
    Stream<String> end =
        remedies.isEmpty() ? Stream.of("Nothing to do.") : remedies.stream().map(Explanation::line);
    return String.join("\n", Stream.concat(sentences.stream(), end).toList());
  }

  /// A full stop behind a command would become a part of it.
  private static String line(String remedy) {
    return "To change that: " + remedy + (COMMAND.matcher(remedy).find() ? "" : ".");
  }
}
