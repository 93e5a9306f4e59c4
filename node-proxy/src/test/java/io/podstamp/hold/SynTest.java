package io.podstamp.hold;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// SYNs as the kernel queues them.
class SynTest {
  private static final String IPV4 = "45 00 003c 0001 4000 40 06 0000 0a4d0001 0a4d0002";
  private static final String IPV6 =
      "60000000 0028 %s 40 fd770000000000000000000000000001 fd770000000000000000000000000002";
  private static final String PORTS = "cafe 0050";

  private static String tcp(String options) {
    int words = 5 + options.replace(" ", "").length() / 8;
    return PORTS
        + " 12345678 00000000 "
        + Integer.toHexString(words)
        + "0 02 ffff 0000 0000"
        + options;
  }

  private static ByteBuffer bytes(String... hex) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String each : hex) {
      all.writeBytes(HexFormat.of().parseHex(each.replace(" ", "")));
    }
    return ByteBuffer.wrap(all.toByteArray());
  }

  private static Syn read(ByteBuffer bytes) {
    return Objects.requireNonNull(Syn.read(7, 3, 9, 2, bytes));
  }

  private static void assertNone(ByteBuffer bytes) {
    assertThat(Syn.read(7, 3, 9, 2, bytes)).isNull();
  }

  @Test
  void ipv4() {
    Syn syn = read(bytes(IPV4, tcp(" 020405b4")));
    assertThat(syn.packet()).isEqualTo(7);
    assertThat(syn.mark()).isEqualTo(9);
    assertThat(syn.device()).isEqualTo(2);
    assertThat(syn.path().source().toString()).isEqualTo("/10.77.0.1:51966");
    assertThat(syn.path().destination().toString()).isEqualTo("/10.77.0.2:80");
    assertThat(syn.sequence()).isEqualTo(0x12345678);
    assertThat(syn.signed()).isFalse();
  }

  @Test
  void ipv4_withOptions_inALargerBuffer() {
    ByteBuffer all = bytes("ffff", IPV4.replaceFirst("45", "46"), "01010101", tcp(""));
    Syn syn = read(all.position(2));
    assertThat(syn.path().destination().getPort()).isEqualTo(80);
  }

  @Test
  void ipv6() {
    Syn syn = read(bytes(IPV6.formatted("06"), tcp("")));
    assertThat(syn.path().source().getAddress().getHostAddress()).isEqualTo("fd77:0:0:0:0:0:0:1");
    assertThat(syn.path().destination().getPort()).isEqualTo(80);
  }

  /// Hop-by-hop of eight bytes, destination options of sixteen.
  @Test
  void ipv6_withExtensionHeaders() {
    Syn syn =
        read(
            bytes(
                IPV6.formatted("00"),
                "3c00 010400000000",
                "0601 010c000000000000000000000000",
                tcp("")));
    assertThat(syn.path().destination().getPort()).isEqualTo(80);
  }

  @ParameterizedTest
  @CsvSource({
    "020405b4, false",
    "0101 1312 00112233445566778899aabbccddeeff, true",
    "020405b4 1d100000 000000000000000000000000, true",
    // What stands behind the end of the list is no option.
    "00131200 00000000, false",
    // A length of nothing, and one beyond the header.
    "02000000 13120000, false",
    "02ff0000, false",
  })
  void signed_isReadFromTheOptions(String options, boolean signed) {
    assertThat(read(bytes(IPV4, tcp(" " + options))).signed()).isEqualTo(signed);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 19, 20, 39})
  void cutShort_isNone(int length) {
    assertNone(bytes(IPV4, tcp("")).limit(length));
    assertNone(bytes(IPV6.formatted("06"), tcp("")).limit(length + 20));
  }

  @Test
  void otherProtocols_areNone() {
    assertNone(bytes(IPV4.replace("40 06", "40 11"), tcp("")));
    assertNone(bytes(IPV6.formatted("11"), tcp("")));
    assertNone(bytes(IPV6.formatted("00"), "00ff"));
  }

  @Test
  void fastOpen_hasTheOption_andItsChecksums() {
    ByteBuffer ipv4 = bytes("4500 002c 0001 4000 40 06 0000 0a4d0001 0a4d0002", tcp(" 020405b4"));
    ByteBuffer opened = ByteBuffer.wrap(Objects.requireNonNull(read(ipv4).bytes().packet()));
    assertThat(opened.limit()).isEqualTo(48);
    assertThat(opened.getShort(2)).isEqualTo((short) 48);
    assertThat(opened.getShort(10)).isEqualTo((short) 0x262b);
    assertThat(opened.get(32) >> 4 & 0xf).isEqualTo(7);
    assertThat(HexFormat.of().formatHex(opened.array(), 40, 48)).isEqualTo("020405b401012202");
    assertThat(opened.getShort(36)).isEqualTo((short) 0x1c88);
  }

  @Test
  void fastOpen_whatIsNotWhole_orAsksItself_orIsFull_staysAsItIs() {
    String header = "4500 00%s 0001 4000 40 06 0000 0a4d0001 0a4d0002";
    assertThat(read(bytes(header.formatted("90"), tcp(" 020405b4"))).bytes().packet()).isNull();
    assertThat(read(bytes(header.formatted("2c"), tcp(" 22020101"))).bytes().packet()).isNull();
    String full = " 0101".repeat(20);
    assertThat(read(bytes(header.formatted("50"), tcp(full))).bytes().packet()).isNull();
  }
}
