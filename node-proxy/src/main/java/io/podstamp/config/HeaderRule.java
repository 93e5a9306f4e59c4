package io.podstamp.config;

/// One header as configured: its name as it goes on the wire, how its value is made, and what
/// becomes of the client's own.
///
/// @param name a token of RFC 9110, section 5.6.2, at most 256 characters
/// @param value what is sent; ignored for [HeaderMode#REMOVE]
public record HeaderRule(String name, ValueTemplate value, HeaderMode mode) {
  private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

  public HeaderRule {
    if (!isToken(name)) {
      throw new IllegalArgumentException(
          "'" + name + "' (expected: a header name of RFC 9110, such as X-Client-Hostname)");
    }
  }

  private static boolean isToken(String name) {
    return !name.isEmpty()
        && name.length() <= 256
        && name.chars()
            .allMatch(
                c ->
                    (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= '0' && c <= '9')
                        || TOKEN_PUNCTUATION.indexOf(c) >= 0);
  }
}
