package io.podstamp.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostFieldTest {
  private static HostField read(String bytes) {
    ByteBuf in = Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1);
    HostField field = HostField.read(in);
    assertThat(in.readerIndex()).as("the bytes must still be there").isZero();
    return field;
  }

  @ParameterizedTest
  @CsvSource({
    "shop.test, shop.test",
    "Shop.Test:8080, shop.test",
    "shop, shop",
    "192.0.2.1,",
    "192.0.2.1:80,",
    "[2001:db8::1]:80,",
    "[::1],",
    "'',"
  })
  void host_isItsNameWithoutThePort_andNoAddress(
      String value, @org.jspecify.annotations.Nullable String name) {
    assertThat(read("GET / HTTP/1.1\r\nA: b\r\nhOsT:  " + value + " \r\n"))
        .isEqualTo(new HostField(true, name));
  }

  @Test
  void everyPrefix_decidesNothing_untilTheLineIsWhole() {
    String head = "\r\nGET / HTTP/1.1\r\nHost: shop.test\r\n";
    for (int length = 0; length < head.length(); length++) {
      assertThat(read(head.substring(0, length)).isDecided()).as("%d bytes", length).isFalse();
    }
    assertThat(read(head)).isEqualTo(new HostField(true, "shop.test"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.0\r\n\r\nHost: body.test\r\n",
        "\u0000\u0001",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "SSH-2.0-x\r\n"
      })
  void bytesWithoutHost_goWhereTheyWereGoing(String bytes) {
    assertThat(read(bytes)).isEqualTo(new HostField(true, null));
  }
}
