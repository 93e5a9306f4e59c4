package io.podstamp.token;

/// How a token is signed (RFC 7518, section 3.1), and what the JDK calls it.
public enum Algorithm {
  /// ECDSA with P-256; the signature is the two numbers one after the other, not their DER.
  ES256("SHA256withECDSAinP1363Format"),
  /// RSA, PKCS #1 1.5; signing takes seven times as long, verifying in OpenSSL a third.
  RS256("SHA256withRSA");

  private final String jdkName;

  Algorithm(String jdkName) {
    this.jdkName = jdkName;
  }

  String jdkName() {
    return jdkName;
  }
}
