package io.podstamp.lab.bench;

import io.podstamp.lab.Resource;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A configuration file among the resources, with `{name}` where something is filled in.
record Template(String file) {
  private static final Pattern BLANK = Pattern.compile("\\{(\\w+)}");

  String text() {
    return Resource.text(Template.class, file);
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
