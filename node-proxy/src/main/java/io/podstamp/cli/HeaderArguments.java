package io.podstamp.cli;

import io.podstamp.config.HeaderMode;
import io.podstamp.config.HeaderNames;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Labels;
import io.podstamp.config.ValueTemplate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The headers of a command line. Values are literal: a brace is a brace.
///
/// What is wrong is an [IllegalArgumentException] with one sentence.
final class HeaderArguments {
  private static final ValueTemplate NOTHING = new ValueTemplate(List.of());

  private final Map<String, HeaderRule> rules = new LinkedHashMap<>();

  /// `name:value`; the value keeps its colons and inner spaces.
  void addHeader(String argument) {
    int colon = argument.indexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException(
          "--header: '" + argument + "' (expected: name:value, such as tranproxy:true)");
    }
    add(argument.substring(0, colon).strip(), argument.substring(colon + 1).strip());
  }

  void add(String name, String value) {
    if (value.isEmpty()
        || value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f || c > 0xff)) {
      throw new IllegalArgumentException(
          name + ": '" + value + "' (expected: some printable characters up to U+00FF)");
    }
    HeaderRule rule =
        new HeaderRule(
            name,
            new ValueTemplate(List.of(new ValueTemplate.Part.Literal(value))),
            HeaderMode.SET);
    HeaderNames.checkNotCritical(name);
    HeaderRule before = rules.putIfAbsent(HeaderNames.folded(name), rule);
    if (before != null) {
      throw new IllegalArgumentException(
          "--header: '"
              + name
              + "' (expected: each name once; many servers take it for "
              + before.name()
              + ")");
    }
  }

  /// `name=mode`; `remove` needs no value, so that the name may be new.
  void setMode(String argument) {
    int equals = argument.indexOf('=');
    String name = argument.substring(0, Math.max(equals, 0)).strip();
    HeaderMode mode = mode(argument, argument.substring(equals + 1).strip());
    HeaderRule rule = rules.get(HeaderNames.folded(name));
    if (rule == null && mode != HeaderMode.REMOVE) {
      throw new IllegalArgumentException(
          "--mode: '" + argument + "' (expected: the name of a header that is given a value)");
    }
    HeaderNames.checkNotCritical(name);
    rules.put(
        HeaderNames.folded(name),
        rule == null
            ? new HeaderRule(name, NOTHING, mode)
            : new HeaderRule(rule.name(), rule.value(), mode));
  }

  private static HeaderMode mode(String argument, String text) {
    for (HeaderMode mode : HeaderMode.values()) {
      if (Labels.dashed(mode).equals(text)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "--mode: '"
            + argument
            + "' (expected: name=mode with one of set, append, if-absent, remove)");
  }

  /// Refuses a header that carries tokens.
  void checkFree(String tokenHeader) {
    if (rules.containsKey(HeaderNames.folded(tokenHeader))) {
      throw new IllegalArgumentException(
          "--header: '"
              + tokenHeader
              + "' (expected: another name; --identity says what it carries)");
    }
  }

  /// In the order they were given.
  List<HeaderRule> rules() {
    return new ArrayList<>(rules.values());
  }
}
