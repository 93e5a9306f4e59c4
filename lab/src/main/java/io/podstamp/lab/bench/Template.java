package io.podstamp.lab.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A configuration file among the resources, with `{name}` where something is filled in.
record Template(String file) {
  private static final Pattern BLANK = Pattern.compile("\\{(\\w+)}");

  String text() {
    try (InputStream in = Template.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": not among the resources");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @throws IllegalStateException if a value is missing
  String filled(Map<String, Object> values) {
    return BLANK.matcher(text()).replaceAll(blank -> value(blank, values));
  }

  private String value(MatchResult blank, Map<String, Object> values) {
    Object value = values.get(blank.group(1));
    if (value == null) {
      throw new IllegalStateException(file + ": " + blank.group() + " has no value");
    }
    return java.util.regex.Matcher.quoteReplacement(value.toString());
  }
}
