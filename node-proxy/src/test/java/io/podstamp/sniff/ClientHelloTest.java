package io.podstamp.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
  private static final String NAME = "orders.example.com";

  /// What the JDK's client sends first.
  private static byte[] hello(String... names) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setServerNames(
        Arrays.stream(names)
            .map(SNIHostName::new)
            .map(n -> (javax.net.ssl.SNIServerName) n)
            .toList());
    engine.setSSLParameters(parameters);
    return wrap(engine);
  }

  private static byte[] wrap(SSLEngine engine) throws SSLException {
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static @Nullable String serverName(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    @Nullable String name = ClientHello.serverName(in);
    assertThat(in.readableBytes()).as("the bytes read must still be there").isEqualTo(bytes.length);
    return name;
  }

  @Test
  void serverName_ofTheJdksClient_isRead() throws Exception {
    assertThat(serverName(hello(NAME))).isEqualTo(NAME);
    assertThat(serverName(hello())).isNull();
  }

  @Test
  void serverName_ofEveryPrefix_isTheWholeNameOrNone() throws Exception {
    byte[] hello = hello(NAME);
    int named = 0;
    for (int length = 0; length < hello.length; length++) {
      String name = serverName(Arrays.copyOf(hello, length));
      assertThat(name).isIn(null, NAME);
      named += name == null ? 0 : 1;
    }
    assertThat(named).isPositive();
  }

  @Test
  void serverName_behindTheRecordsEnd_isNotRead() throws Exception {
    byte[] hello = hello(NAME);
    hello[3] = 0;
    hello[4] = 60;
    assertThat(serverName(hello)).isNull();
  }

  @Test
  void serverName_withOtherBytesThanThoseOfNames_isNone() throws Exception {
    byte[] hello = hello(NAME);
    int at = new String(hello, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(NAME);
    for (char odd : List.of('"', '\n', '\0', 'é', ' ').toArray(Character[]::new)) {
      hello[at] = (byte) odd;
      assertThat(serverName(hello)).isNull();
    }
  }

  @Test
  void serverName_ofBytesChangedAtRandom_neverThrows() throws Exception {
    byte[] hello = hello(NAME);
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = hello.clone();
      for (int j = 0; j < 1 + random.nextInt(4); j++) {
        changed[5 + random.nextInt(changed.length - 5)] = (byte) random.nextInt();
      }
      String name = serverName(changed);
      assertThat(name == null || name.length() <= 255).isTrue();
    }
  }
}
