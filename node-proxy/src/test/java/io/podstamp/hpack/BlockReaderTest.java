package io.podstamp.hpack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.podstamp.hpack.BlockReader.Kind;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Header blocks as RFC 7541, appendix C, has them, and blocks that are none.
class BlockReaderTest {
  private final DynamicTable table = new DynamicTable();

  /// Reads a block, keeps the table as its sender does, and tells each field with a letter for how
  /// it was sent.
  private String read(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    ByteBuf block = Unpooled.buffer().writeByte(0xff).writeBytes(bytes).writeByte(0xff);
    BlockReader reader = new BlockReader();
    reader.begin(block, 1, 1 + bytes.length);
    StringBuilder told = new StringBuilder();
    while (true) {
      Kind kind = reader.next(table);
      switch (kind) {
        case END -> {
          return told.toString();
        }
        case TRUNCATED, BROKEN -> {
          return told + "broken";
        }
        case SIZE_UPDATE -> {
          table.resize(reader.number());
          told.append("size ").append(reader.number()).append('\n');
        }
        case INDEXED, WITH_INDEXING, WITHOUT_INDEXING, NEVER_INDEXED -> {
          told.append(kind == Kind.INDEXED ? "i " : kind == Kind.WITH_INDEXING ? "+ " : "- ")
              .append(new String(reader.name(), 0, reader.nameLength(), ISO_8859_1))
              .append(": ")
              .append(new String(reader.value(), 0, reader.valueLength(), ISO_8859_1))
              .append('\n');
          if (kind == Kind.WITH_INDEXING) {
            table.insert(reader.toEntry(true));
          }
        }
      }
    }
  }

  @Test
  void literals_ofAppendixC2() {
    assertThat(read("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"))
        .isEqualTo("+ custom-key: custom-header\n");
    assertThat(table).hasToString("custom-key: custom-header\nsize 55");
    assertThat(read("040c 2f73 616d 706c 652f 7061 7468")).isEqualTo("- :path: /sample/path\n");
    assertThat(read("1008 7061 7373 776f 7264 0673 6563 7265 74"))
        .isEqualTo("- password: secret\n");
    assertThat(read("82")).isEqualTo("i :method: GET\n");
    assertThat(table).hasToString("custom-key: custom-header\nsize 55");
  }

  @ParameterizedTest
  @CsvSource({
    "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d,"
        + " 8286 84be 5808 6e6f 2d63 6163 6865,"
        + " 8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff,"
        + " 8286 84be 5886 a8eb 1064 9cbf,"
        + " 8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"
  })
  void requests_ofAppendixC3AndC4(String first, String second, String third) {
    String begin = "i :method: GET\ni :scheme: http\ni :path: /\n";
    assertThat(read(first)).isEqualTo(begin + "+ :authority: www.example.com\n");
    assertThat(table).hasToString(":authority: www.example.com\nsize 57");
    assertThat(read(second))
        .isEqualTo(begin + "i :authority: www.example.com\n+ cache-control: no-cache\n");
    assertThat(read(third))
        .isEqualTo(
            """
            i :method: GET
            i :scheme: https
            i :path: /index.html
            i :authority: www.example.com
            + custom-key: custom-value
            """);
    assertThat(table)
        .hasToString(
            """
            custom-key: custom-value
            cache-control: no-cache
            :authority: www.example.com
            size 164""");
  }

  /// Appendix C.6: with 256 bytes, entries leave.
  @Test
  void responses_ofAppendixC6_evict() {
    read("3fe1 01"); // size 256
    read(
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e"
            + " 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3");
    assertThat(table.toString()).endsWith("size 222");
    assertThat(read("4883 640e ffc1 c0bf"))
        .isEqualTo(
            """
            + :status: 307
            i cache-control: private
            i date: Mon, 21 Oct 2013 20:13:21 GMT
            i location: https://www.example.com
            """);
    assertThat(table.toString())
        .startsWith(":status: 307\nlocation: https://www.example.com\n")
        .endsWith("cache-control: private\nsize 222");
  }

  @Test
  void sizeUpdate_empties_andEntryLargerThanTheTable_isNotKept() {
    read("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
    assertThat(read("20 3f11 be")).isEqualTo("size 0\nsize 48\nbroken");
    read("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
    assertThat(table).hasToString("size 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // index 0
        "be", // index 62 of an empty table
        "ff80 8080 8001", // an integer that is too long
        "ff", // one that does not end
        "7f", // the same in a literal
        "40", // no name
        "4001", // its length only
        "4001 61", // no value
        "4001 6102 62", // less of it than it says
        "4081 ff00", // a name of eight bits of padding
        "0001 6181 00", // Huffman with padding of zeros
        "0001 6184 ffff ffff", // EOS
        "0001 6182 07ff", // a byte of padding
        "7e00", // a name of index 62
      })
  void brokenBlock_isTold(String hex) {
    assertThat(read(hex)).isEqualTo("broken");
  }

  @Test
  void huffman_givesBackWhatItCoded() {
    Random random = new Random(7541);
    for (int i = 0; i < 2000; i++) {
      byte[] text = new byte[random.nextInt(40)];
      random.nextBytes(text);
      byte[] coded = Huffman.encode(text);
      byte[] room = new byte[Huffman.mostDecoded(coded.length)];
      int length = Huffman.decode(Unpooled.wrappedBuffer(coded), 0, coded.length, room);
      assertThat(room).startsWith(text);
      assertThat(length).isEqualTo(text.length);
    }
  }

  @Test
  void table_growsBeyondItsFirstRing_andCopies() {
    for (int i = 0; i < 100; i++) {
      table.insert(new TableEntry(new byte[] {(byte) i}, new byte[0], true));
    }
    DynamicTable copy = table.copy();

    assertThat(copy).hasToString(table.toString());
    assertThat(copy.get(100).name()[0]).isEqualTo((byte) 0);
    assertThat(copy.indexOf(copy.get(100))).isEqualTo(StaticTable.LENGTH + 100);
    copy.resize(99 * 33);
    assertThat(copy.indexOf(table.get(100))).isZero();
    assertThat(copy.indexOf(table.get(99))).isEqualTo(StaticTable.LENGTH + 99);
  }
}
