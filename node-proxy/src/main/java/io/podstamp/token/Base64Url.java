package io.podstamp.token;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// Base64 as JOSE has it: for URLs, without padding (RFC 7515, section 2).
final class Base64Url {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private Base64Url() {}

  static String of(byte[] bytes) {
    return ENCODER.encodeToString(bytes);
  }

  static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A number in as few octets as it takes (`Base64urlUInt`).
  static String of(BigInteger number) {
    return of(number, (number.bitLength() + 7) / 8);
  }

  /// A number in so many octets.
  static String of(BigInteger number, int length) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[length];
    int copied = Math.min(bytes.length, length);
    System.arraycopy(
        Arrays.copyOfRange(bytes, bytes.length - copied, bytes.length),
        0,
        fixed,
        length - copied,
        copied);
    return of(fixed);
  }
}
