package io.podstamp.metrics;

/// Which podstamp this is.
public final class Build {
  /// Of the whole project, and the image's tag; `scripts/version.sh` writes it.
  public static final String VERSION = "0.1.0-SNAPSHOT";

  private Build() {}
}
