package io.podstamp.http1;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// The proof that a server has taken a WebSocket's handshake for one (RFC 6455, section 4.2.2).
final class WebSocket {
  private static final String SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String FIELD = "sec-websocket-accept:";

  private WebSocket() {}

  /// Whether the server's head has the answer to the client's key.
  static boolean isAccepted(String key, String serverHead) {
    String expected = accept(key);
    return serverHead
        .lines()
        .filter(line -> line.regionMatches(true, 0, FIELD, 0, FIELD.length()))
        .anyMatch(line -> line.substring(FIELD.length()).strip().equals(expected));
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + SALT).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
