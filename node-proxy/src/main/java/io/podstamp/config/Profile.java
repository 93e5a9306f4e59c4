package io.podstamp.config;

/// What happens to traffic that cannot be stamped safely.
public enum Profile {
  /// Relayed untouched and counted; the redirect fails open.
  TRANSPARENT,
  /// See [#STRICT_MEANS]; the redirect fails closed.
  STRICT;

  /// In a clause, the same wherever it is told.
  public static final String STRICT_MEANS =
      "an HTTP request that cannot be stamped is refused; TLS, and what no server takes for HTTP,"
          + " passes unstamped";
}
