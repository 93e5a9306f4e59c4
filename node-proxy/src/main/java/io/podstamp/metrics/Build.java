package io.podstamp.metrics;

/// Which podstamp this is.
public final class Build {
  /// Of the whole project.
  public static final String VERSION = "0.1.0";

  private Build() {}
}
