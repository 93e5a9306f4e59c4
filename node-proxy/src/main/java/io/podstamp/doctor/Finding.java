package io.podstamp.doctor;

import org.jspecify.annotations.Nullable;

/// What one look at the Node came to.
///
/// @param check what was looked at, in a word or two
/// @param sentence what is so
/// @param fix what to do; null when there is nothing to do
public record Finding(String check, Level level, String sentence, @Nullable String fix) {
  /// How bad it is.
  public enum Level {
    /// As it should be.
    OK,
    /// podstamp works, or may work; something is to be known.
    WARN,
    /// podstamp does not work.
    FAIL
  }

  static Finding ok(String check, String sentence) {
    return new Finding(check, Level.OK, sentence, null);
  }

  static Finding warn(String check, String sentence, String fix) {
    return new Finding(check, Level.WARN, sentence, fix);
  }

  static Finding fail(String check, String sentence, String fix) {
    return new Finding(check, Level.FAIL, sentence, fix);
  }
}
