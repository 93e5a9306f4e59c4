package io.podstamp.config;

import java.util.regex.Pattern;

/// One header as configured: its name as it goes on the wire, how its value is made, and what
/// becomes of the client's own.
///
/// @param name letters, digits, `-`, `_` and `.`, of which a letter or digit is the first and the
///   last: what else RFC 9110, section 5.6.2, allows in a name is no part of it to some servers, so
///   that two names are one to them; at most 63 characters, which is what the tripwire can follow
/// @param value what is sent; ignored for [HeaderMode#REMOVE]
public record HeaderRule(String name, ValueTemplate value, HeaderMode mode) {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?");

  public HeaderRule {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' (expected: a header name of at most 63 letters, digits, '-', '_' and '.', such"
              + " as X-Client-Hostname)");
    }
  }
}
