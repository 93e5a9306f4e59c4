package io.podstamp.config;

import java.util.Locale;
import java.util.Set;

/// What makes two header names the same, and which ones are not ours to touch.
public final class HeaderNames {
  /// Names that frame or route a message (RFC 9110 sections 7.6 and 10.1, RFC 9112, RFC 7540): to
  /// change one is to change where the message ends or who answers it.
  private static final Set<String> CRITICAL =
      Set.of(
          "host",
          "content-length",
          "transfer-encoding",
          "connection",
          "upgrade",
          "expect",
          "te",
          "trailer",
          "keep-alive",
          "proxy-connection",
          "http2-settings");

  /// Names by which receivers know whose request it is.
  private static final Set<String> IDENTITY =
      Set.of("x-forwarded-for", "x-client-hostname", "x-client-identity");

  private HeaderNames() {}

  /// The name as a careless receiver may see it: lower case, and every character that is neither
  /// letter nor digit a `-`. CGI-like servers cannot tell `X_Pod` from `X-Pod`, so neither do we.
  public static String folded(String name) {
    StringBuilder folded = new StringBuilder(name.toLowerCase(Locale.ROOT));
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
        folded.setCharAt(i, '-');
      }
    }
    return folded.toString();
  }

  /// Refuses a header that the protocol depends on.
  ///
  /// @throws IllegalArgumentException with one sentence
  public static void checkNotCritical(String name) {
    if (isCritical(name)) {
      throw new IllegalArgumentException(
          "'" + name + "' (expected: a header that does not frame or route the message)");
    }
  }

  /// Whether its value is never a Pod author's to write.
  static boolean isIdentity(String name) {
    return IDENTITY.contains(folded(name));
  }

  /// Whether the protocol depends on the header.
  static boolean isCritical(String name) {
    return CRITICAL.contains(folded(name));
  }
}
