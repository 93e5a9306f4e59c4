package io.podstamp.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.stamp.Octets;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FieldsTest {
  /// Every byte at every place of values of every length, alone and beside bytes that borrow most.
  @Test
  void valueOf_anyByteAnywhere_controlsAreNotCertain() {
    for (int filling : new int[] {'a', ' ', '~', 0x80, 0xff, '\t'}) {
      for (int length = 1; length <= 20; length++) {
        ByteBuf value = Unpooled.buffer().writeByte('\r');
        for (int i = 0; i < length; i++) {
          value.writeByte(filling);
        }
        value.writeByte('\n');
        for (int at = 1; at <= length; at++) {
          for (int b = 0; b < 256; b++) {
            value.setByte(at, b);
            assertThat(Fields.valueOf(value, 1, 1 + length))
                .as("%#x at %d of %d bytes %#x", b, at, length, filling)
                .isEqualTo(
                    (b < ' ' && b != '\t') || b == 0x7f
                        ? Fields.Value.NOT_CERTAIN
                        : b >= 0x80 || (filling >= 0x80 && length > 1)
                            ? Fields.Value.EIGHT_BIT
                            : Fields.Value.PLAIN);
          }
          value.setByte(at, filling);
        }
      }
    }
  }

  /// Every byte at every place of names of every length, with what is a token behind the end.
  @Test
  void nameEnd_anyByteAnywhere_onlyTokensAreNames() {
    for (int length = 1; length <= 20; length++) {
      ByteBuf line = Unpooled.buffer().writeByte('a');
      for (int i = 0; i < length; i++) {
        line.writeByte('a');
      }
      line.writeByte(':').writeByte('a');
      for (int at = 1; at <= length; at++) {
        for (int b = 0; b < 256; b++) {
          line.setByte(at, b);
          int name = b == ':' ? at > 1 ? at : -1 : Octets.isToken((byte) b) ? length + 1 : -1;
          assertThat(Fields.nameEnd(line, 1, length + 2))
              .as("%#x at %d of %d bytes", b, at, length)
              .isEqualTo(name);
          assertThat(Fields.nameEnd(line, 1, length + 1))
              .as("%#x at %d of %d bytes, no colon", b, at, length)
              .isEqualTo(b == ':' ? name : -1);
        }
        line.setByte(at, 'a');
      }
    }
  }

  @Test
  void nameEnd_colonAfterAToken_isFound() {
    assertThat(nameEnd("Host: a")).isEqualTo(4);
    assertThat(nameEnd("Host : a")).isEqualTo(-1);
    assertThat(nameEnd(": a")).isEqualTo(-1);
    assertThat(nameEnd("Host")).isEqualTo(-1);
  }

  private static int nameEnd(String line) {
    ByteBuf bytes = Unpooled.copiedBuffer(line, StandardCharsets.ISO_8859_1);
    return Fields.nameEnd(bytes, 0, bytes.writerIndex());
  }
}
