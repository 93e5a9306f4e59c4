package io.podstamp.proxyprotocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Headers at random, read back by Netty's decoder and by [SentHeader].
/// `-Dpodstamp.fuzz.runs=1000000` runs as many.
class ProxyHeaderFuzzTest {
  private static final int RUNS = Integer.getInteger("podstamp.fuzz.runs", 20_000);
  private static final int[] TYPES = {0x02, 0x03, 0x05, 0xE0, 0xE1, 0xE2, 0xE3, 0xEF};
  private static final int[] ROOMS = {79, 204, 376, 508};

  private final Random random = new Random(20261201);

  @Test
  void headers_areReadBackEqual() throws UnknownHostException {
    for (int run = 0; run < RUNS; run++) {
      boolean isIpv4 = random.nextBoolean();
      int room = ROOMS[random.nextInt(ROOMS.length)];
      TlvArea area = TlvArea.of(wanted(), room, isIpv4);
      ProxyHeader header = new ProxyHeader(address(isIpv4), address(isIpv4), area.kept());
      assertThat(header.length()).as("run %d", run).isLessThanOrEqualTo(16 + 12 + room);
      ByteBuf bytes = Unpooled.buffer();
      header.writeTo(bytes);
      int length = bytes.writerIndex();
      int cut = random.nextInt(length);
      assertThat(SentHeader.length(bytes, 0, cut)).isEqualTo(SentHeader.INCOMPLETE);
      assertThat(SentHeader.isSigned(bytes, 0, cut)).isEqualTo(cut >= 12);
      bytes.writeBytes(new byte[random.nextInt(3)]);
      assertThat(SentHeader.length(bytes, 0, bytes.writerIndex())).isEqualTo(length);
      assertThat(readBack(bytes.readRetainedSlice(length)))
          .as("run %d", run)
          .isEqualTo(told(header));
      bytes.release();
    }
  }

  private List<Tlv> wanted() {
    List<Tlv> wanted = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      int type = TYPES[random.nextInt(TYPES.length)];
      wanted.add(type == Tlv.CRC32C ? Tlv.checksum() : Tlv.of(type, text()));
    }
    return wanted;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(1 + random.nextInt(300)); i > 0; i--) {
      text.appendCodePoint(random.nextInt(10) == 0 ? 0xe4 + random.nextInt(0x2000) : 'a' + i % 26);
    }
    return text.toString();
  }

  private InetSocketAddress address(boolean isIpv4) throws UnknownHostException {
    byte[] address = new byte[isIpv4 ? 4 : 16];
    random.nextBytes(address);
    address[0] = 0x20; // not mapped: the JDK would make IPv4 of it
    return new InetSocketAddress(InetAddress.getByAddress(address), random.nextInt(0x10000));
  }

  private static String told(ProxyHeader header) {
    StringBuilder told = new StringBuilder();
    for (InetSocketAddress end : List.of(header.source(), header.destination())) {
      told.append(canonical(end.getAddress())).append(' ').append(end.getPort()).append('\n');
    }
    for (Tlv tlv : header.tlvs()) {
      told.append(tlv.type())
          .append(' ')
          .append(tlv.type() == Tlv.CRC32C ? "" : new String(tlv.value(), UTF_8))
          .append('\n');
    }
    return told.toString();
  }

  private static String canonical(InetAddress address) {
    return NetUtil.toAddressString(address);
  }

  private static String readBack(ByteBuf bytes) {
    EmbeddedChannel decoder = new EmbeddedChannel(new HAProxyMessageDecoder());
    decoder.writeInbound(bytes);
    HAProxyMessage message = decoder.readInbound();
    try {
      assertThat(message.protocolVersion()).isEqualTo(HAProxyProtocolVersion.V2);
      assertThat(message.command()).isEqualTo(HAProxyCommand.PROXY);
      StringBuilder told = new StringBuilder();
      append(told, message.sourceAddress(), message.sourcePort());
      append(told, message.destinationAddress(), message.destinationPort());
      for (HAProxyTLV tlv : message.tlvs()) {
        int type = Byte.toUnsignedInt(tlv.typeByteValue());
        String value = tlv.content().toString(UTF_8);
        if (type == Tlv.CRC32C) {
          assertThat(ByteBufUtil.getBytes(tlv.content())).hasSize(4);
          value = "";
        }
        told.append(type).append(' ').append(value).append('\n');
      }
      return told.toString();
    } finally {
      message.release();
      decoder.finishAndReleaseAll();
    }
  }

  private static void append(StringBuilder told, String address, int port) {
    told.append(canonical(InetAddress.ofLiteral(address))).append(' ').append(port).append('\n');
  }
}
