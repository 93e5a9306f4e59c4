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

  /// What it means for one request, in a clause.
  public String told() {
    return switch (this) {
      case SERVER_FIRST -> "the server spoke first, and not in HTTP";
      case TLS -> "TLS cannot be stamped";
      case HTTP2 -> "the server answered HTTP/2 in something else";
      case NOT_HTTP -> "it is no HTTP";
      case ODD_START -> "servers do not agree on how to read its first line";
      case ODD_HEAD -> "servers do not agree on how to read its head";
      case HEAD_TOO_LARGE -> "its head is too large";
      case ODD_BODY -> "servers do not agree on how to read its body";
      case TUNNEL -> "what follows an upgrade or CONNECT may be read as a request";
      case EXPECT_FINAL -> "its body came although the server had declined it";
    };
  }

  /// As a label value.
  public String label() {
    return Labels.of(this);
  }
}
