package io.podstamp.proxyprotocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentHeaderTest {
  private static final String V2 = "\r\n\r\n\0\r\nQUIT\n";

  private static int length(String bytes) {
    ByteBuf in = Unpooled.copiedBuffer("x" + bytes + "y", ISO_8859_1);
    return SentHeader.length(in, 1, in.writerIndex() - 1);
  }

  private static boolean isSigned(String bytes) {
    ByteBuf in = Unpooled.copiedBuffer(bytes, ISO_8859_1);
    return SentHeader.isSigned(in, 0, in.writerIndex());
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1, 0, false",
    "PASS secret, 0, false",
    "P, -1, false",
    "PROXY, -1, false",
    "'PROXY ', -1, true",
    "PROXY TCP4 10.0.0.1 192.0.2.1 1 2, -1, true",
  })
  void text(String bytes, int length, boolean signed) {
    assertThat(length(bytes)).isEqualTo(length);
    assertThat(isSigned(bytes)).isEqualTo(signed);
  }

  @Test
  void version1_endsWithItsLine() {
    String line = "PROXY TCP4 10.0.0.1 192.0.2.1 1 2\r\n";
    assertThat(length(line + "GET /")).isEqualTo(line.length());
    assertThat(length(line.replace("\r", ""))).isZero();
    assertThat(length("PROXY " + "x".repeat(102))).isZero();
  }

  @Test
  void version2_isAsLongAsItSays() {
    String header = V2 + "!\u0011\0\u000c" + "123456789012";
    assertThat(length(header + "more")).isEqualTo(header.length());
    for (int cut = 1; cut < header.length(); cut++) {
      assertThat(length(header.substring(0, cut))).isEqualTo(SentHeader.INCOMPLETE);
      assertThat(isSigned(header.substring(0, cut))).isEqualTo(cut >= V2.length());
    }
    assertThat(length("\r\n\r\nGET")).isZero();
  }
}
