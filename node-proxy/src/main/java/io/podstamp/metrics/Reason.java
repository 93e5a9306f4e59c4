package io.podstamp.metrics;

import io.podstamp.config.Labels;

/// Why client bytes went upstream without a stamp (transparent), or were refused (strict).
public enum Reason {
  /// The server spoke first, and not in HTTP.
  SERVER_FIRST,
  TLS,
  /// The preface of HTTP/2, to a server that answered in something else.
  HTTP2,
  NOT_HTTP,
  /// Looks like HTTP but is not certain: 0.9, odd version or spacing, leading junk.
  ODD_START,
  ODD_HEAD,
  HEAD_TOO_LARGE,
  ODD_BODY,
  /// After `101`, `2xx` to CONNECT, or a switch that could not be followed.
  TUNNEL,
  /// A final status came before the body that `Expect: 100-continue` announced.
  EXPECT_FINAL;

  /// Whether it is a head that cannot be read with certainty, so that its client understands an
  /// answer in HTTP.
  public boolean isOddRequest() {
    return switch (this) {
      case ODD_START, ODD_HEAD, HEAD_TOO_LARGE -> true;
      case SERVER_FIRST, TLS, HTTP2, NOT_HTTP, ODD_BODY, TUNNEL, EXPECT_FINAL -> false;
    };
  }

  /// As a label value.
  public String label() {
    return Labels.of(this);
  }
}
