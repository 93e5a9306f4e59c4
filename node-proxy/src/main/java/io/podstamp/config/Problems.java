package io.podstamp.config;

import java.util.ArrayList;
import java.util.List;

/// The mistakes found so far: reading goes on after each, so that the user hears of all at once.
final class Problems {
  private static final int LONGEST_VALUE = 80;

  private final List<String> found = new ArrayList<>();

  /// @param value as the user wrote it, quoted if it is text
  void add(String name, String value, String expected) {
    String shown =
        value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "…";
    found.add(name + ": " + shown + " (expected: " + expected + ")");
  }

  /// For a sentence that already has its `(expected: …)`.
  void add(String name, String sentence) {
    found.add(name + ": " + sentence);
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  List<String> list() {
    return List.copyOf(found);
  }
}
