package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// How much of the preface of HTTP/2 is at a place (RFC 9113, section 3.4).
public enum Preface {
  NONE,
  /// All bytes that there are belong to it.
  BEGUN,
  WHOLE;

  private static final byte[] BYTES =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  public static Preface at(ByteBuf in, int from, int to) {
    int length = Math.min(BYTES.length, to - from);
    for (int i = 0; i < length; i++) {
      if (in.getByte(from + i) != BYTES[i]) {
        return NONE;
      }
    }
    return length < BYTES.length ? BEGUN : WHOLE;
  }
}
