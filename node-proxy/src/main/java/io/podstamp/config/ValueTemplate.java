package io.podstamp.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A header value as configured: literal text and placeholders, such as
/// `{pod.namespace}/{pod.name}`.
///
/// A brace cannot be literal: an unknown or unclosed placeholder is a mistake to report, not text
/// to send.
public record ValueTemplate(List<Part> parts) {
  private static final Pattern KEYED = Pattern.compile("pod\\.(labels|annotations)\\['([^']+)'\\]");

  /// A stretch of the value.
  public sealed interface Part {
    /// Sent as it is.
    record Literal(String text) implements Part {}

    /// Replaced by what the Pod is.
    record Hole(Placeholder placeholder) implements Part {}
  }

  public ValueTemplate {
    parts = List.copyOf(parts);
  }

  /// Parses the configured text.
  ///
  /// @throws IllegalArgumentException with one sentence when the text is no template
  public static ValueTemplate parse(String text) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int open = text.indexOf('{', at);
      String literal = text.substring(at, open < 0 ? text.length() : open);
      if (!literal.isEmpty()) {
        parts.add(new Part.Literal(legal(literal)));
      }
      if (open < 0) {
        break;
      }
      int close = text.indexOf('}', open);
      if (close < 0) {
        throw new IllegalArgumentException("'" + text + "' (expected: a '}' for every '{')");
      }
      parts.add(new Part.Hole(placeholder(text.substring(open + 1, close))));
      at = close + 1;
    }
    return new ValueTemplate(parts);
  }

  /// As it was configured.
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Part.Literal literal -> text.append(literal.text());
        case Part.Hole hole -> text.append('{').append(written(hole.placeholder())).append('}');
      }
    }
    return text.toString();
  }

  private static String written(Placeholder placeholder) {
    return switch (placeholder) {
      case Placeholder.Fact fact -> fact.text();
      case Placeholder.Label label -> "pod.labels['" + label.key() + "']";
      case Placeholder.Annotation annotation -> "pod.annotations['" + annotation.key() + "']";
    };
  }

  private static String legal(String literal) {
    if (literal
        .chars()
        .anyMatch(c -> c == '}' || (c < ' ' && c != '\t') || c == 0x7f || c > 0xff)) {
      throw new IllegalArgumentException(
          "'"
              + literal
              + "' (expected: printable characters up to U+00FF, no control characters, no '}')");
    }
    return literal;
  }

  private static Placeholder placeholder(String text) {
    for (Placeholder.Fact fact : Placeholder.Fact.values()) {
      if (fact.text().equals(text)) {
        return fact;
      }
    }
    Matcher keyed = KEYED.matcher(text);
    if (keyed.matches()) {
      return keyed.group(1).equals("labels")
          ? new Placeholder.Label(keyed.group(2))
          : new Placeholder.Annotation(keyed.group(2));
    }
    throw new IllegalArgumentException(
        "{"
            + text
            + "} (expected: a placeholder such as {pod.name}, {pod.ip} or {pod.labels['app']})");
  }
}
