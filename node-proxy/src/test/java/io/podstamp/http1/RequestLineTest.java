package io.podstamp.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestLineTest {
  /// Every byte at every place of targets of every length: neither blanks nor controls are part of
  /// one.
  @Test
  void is_anyByteAnywhereInTheTarget_onlyBlanksAndControlsAreNone() {
    for (int length = 1; length <= 20; length++) {
      ByteBuf line = bytes("GET " + "/".repeat(length) + " HTTP/1.1");
      for (int at = 4; at < 4 + length; at++) {
        for (int b = 0; b < 256; b++) {
          line.setByte(at, b);
          assertThat(RequestLine.is(line, 0, line.writerIndex()))
              .as("%#x at %d of %d bytes", b, at - 4, length)
              .isEqualTo(b > ' ' && b != 0x7f);
        }
        line.setByte(at, '/');
      }
    }
  }

  @Test
  void is_otherThanOneSpaceBetweenTheParts_isNone() {
    assertThat(is("GET / HTTP/1.1")).isTrue();
    assertThat(is("GET  / HTTP/1.1")).isFalse();
    assertThat(is("GET /  HTTP/1.1")).isFalse();
    assertThat(is("GET HTTP/1.1")).isFalse();
    assertThat(is("GET  HTTP/1.1")).isFalse();
    assertThat(is("GET\t/ HTTP/1.1")).isFalse();
    assertThat(is("GET /\tHTTP/1.1")).isFalse();
    assertThat(is(" / HTTP/1.1")).isFalse();
    assertThat(is("GE:T / HTTP/1.1")).isFalse();
  }

  private static boolean is(String line) {
    ByteBuf bytes = bytes(line);
    return RequestLine.is(bytes, 0, bytes.writerIndex());
  }

  private static ByteBuf bytes(String line) {
    return Unpooled.copiedBuffer(line, StandardCharsets.ISO_8859_1);
  }
}
