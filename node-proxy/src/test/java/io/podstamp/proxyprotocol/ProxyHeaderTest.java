package io.podstamp.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Headers byte for byte, as proxy-protocol.txt, section 2.2, has them.
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final InetSocketAddress POD = address("10.244.1.6", 40000);
  private static final InetSocketAddress GATEWAY = address("192.0.2.1", 443);
  private static final InetSocketAddress POD_6 = address("fd00:244::6", 40000);
  private static final InetSocketAddress GATEWAY_6 = address("2001:db8::1", 443);

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }

  private static String bytes(InetSocketAddress from, InetSocketAddress to, Tlv... tlvs) {
    ProxyHeader header = new ProxyHeader(from, to, List.of(tlvs));
    ByteBuf out = Unpooled.buffer();
    header.writeTo(out);
    assertThat(header.length()).isEqualTo(out.readableBytes());
    return ByteBufUtil.hexDump(out);
  }

  @Test
  void ipv4_withoutTlvs() {
    assertThat(bytes(POD, GATEWAY))
        .isEqualTo(SIGNATURE + "21" + "11" + "000c" + "0af40106" + "c0000201" + "9c40" + "01bb");
  }

  @Test
  void ipv6_withoutTlvs() {
    assertThat(bytes(POD_6, GATEWAY_6))
        .isEqualTo(
            SIGNATURE
                + "21210024"
                + "fd000244000000000000000000000006"
                + "20010db8000000000000000000000001"
                + "9c4001bb");
  }

  @Test
  void oneOfEachFamily_tellsIpv4AsMapped() {
    assertThat(bytes(POD, GATEWAY_6))
        .isEqualTo(
            SIGNATURE
                + "21210024"
                + "00000000000000000000ffff0af40106"
                + "20010db8000000000000000000000001"
                + "9c4001bb");
  }

  /// The JDK makes an IPv4 address of it, as the kernel makes packets of IPv4.
  @Test
  void mappedAddresses_areIpv4() throws UnknownHostException {
    InetAddress mapped =
        InetAddress.getByAddress(
            new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, (byte) 244, 1, 6});
    assertThat(mapped).isNotInstanceOf(Inet6Address.class);
    assertThat(bytes(new InetSocketAddress(mapped, 40000), GATEWAY)).isEqualTo(bytes(POD, GATEWAY));
  }

  @Test
  void tlvs_followTheAddressesInTheirOrder() {
    assertThat(
            bytes(
                POD,
                GATEWAY,
                Tlv.of(0xE1, "shop/a"),
                Tlv.of(Tlv.UNIQUE_ID, "u1"),
                Tlv.of(Tlv.AUTHORITY, "ä")))
        .isEqualTo(
            SIGNATURE
                + "2111001f"
                + "0af40106c00002019c4001bb"
                + ("e10006" + "73686f702f61")
                + ("050002" + "7531")
                + ("020002" + "c3a4"));
  }

  @Test
  void emptyValue_isATlvOfThreeBytes() {
    assertThat(bytes(POD, GATEWAY, Tlv.of(0xEF, ""))).endsWith("01bb" + "ef0000");
  }

  /// The sum is of the whole header with zeros in its place (section 2.2.4).
  @Test
  void checksum_isOfAllOfIt() {
    String header = bytes(POD, GATEWAY, Tlv.checksum(), Tlv.of(0xE1, "shop/a"));
    String sum = header.substring(2 * (16 + 12 + 3), 2 * (16 + 12 + 3 + 4));
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(ByteBufUtil.decodeHexDump(header.replace("030004" + sum, "030004" + "00000000")));
    assertThat(sum).isEqualTo("%08x".formatted(crc.getValue()));
  }

  @Test
  void whatNoHeaderHolds_isRefused() {
    assertThatThrownBy(() -> Tlv.of(0x100, "x")).isInstanceOf(IllegalArgumentException.class);
    Tlv large = Tlv.of(0xE1, "x".repeat(40_000));
    assertThatThrownBy(() -> new ProxyHeader(POD, GATEWAY, List.of(large, large)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TLVs: too long");
  }

  /// Sizes are those of the values; each TLV has three bytes more.
  @ParameterizedTest
  @CsvSource({
    // room, IPv4, wanted, kept
    "79, true, 30 20 10, 30 20 10",
    "69, true, 30 20 10, 30 20 10",
    "68, true, 30 20 10, 30 20",
    "55, true, 30 20 10, 30 10",
    "32, true, 30 20 10, 20",
    "12, true, 30 20 10, ''",
    "3, true, 1, ''",
    "79, false, 30 20 10, 30 10",
    "27, false, 1, ''",
    "508, true, 505, 505",
    "508, true, 506, ''",
  })
  void area_keepsWhatFitsByImportance(int room, boolean isIpv4, String wanted, String kept) {
    TlvArea area = TlvArea.of(tlvs(wanted), room, isIpv4);
    assertThat(area.kept()).map(tlv -> tlv.length() - 3).isEqualTo(sizes(kept));
    assertThat(area.kept().size() + area.leftOut().size()).isEqualTo(sizes(wanted).size());
  }

  @ParameterizedTest
  @CsvSource({
    "5, 128, true",
    "5, 129, false",
    "5, 0, false",
    "2, 255, true",
    "2, 256, false",
    "2, 0, false",
    "225, 0, false",
    "225, 400, true",
  })
  void area_leavesOutWhatReceiversRefuse(int type, int size, boolean kept) {
    TlvArea area = TlvArea.of(List.of(Tlv.of(type, "x".repeat(size))), 508, true);
    assertThat(area.kept()).hasSize(kept ? 1 : 0);
  }

  private static List<Integer> sizes(String text) {
    return text.isEmpty()
        ? List.of()
        : List.of(text.split(" ")).stream().map(Integer::valueOf).toList();
  }

  private static List<Tlv> tlvs(String text) {
    List<Integer> sizes = sizes(text);
    return IntStream.range(0, sizes.size())
        .mapToObj(i -> Tlv.of(Tlv.LEAST_CUSTOM + 1 + i, "x".repeat(sizes.get(i))))
        .toList();
  }
}
