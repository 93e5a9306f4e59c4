package io.podstamp.config;

import java.util.Locale;

/// An enum's constant as a word that people and programs read.
public final class Labels {
  private Labels() {}

  /// In lower case, as in metrics and JSON: `if_absent`.
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// As in the config file and on the command line: `if-absent`.
  public static String dashed(Enum<?> constant) {
    return of(constant).replace('_', '-');
  }
}
