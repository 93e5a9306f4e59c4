package io.podstamp.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The bytes that plugins of other releases send and expect, kept as they were. During an upgrade
/// the plugin on the Node is the one of before, and after a roll-back the one of afterwards: an
/// agent understands the contract's version and the one before it, as long as there are files for
/// both. A file is never changed; a new version of the contract gets new ones.
class ContractTest {
  private static final Request REQUEST =
      new Request(Map.of("CNI_COMMAND", "ADD"), "{\"name\":\"net\"}".getBytes(UTF_8));
  private static final Reply REPLY = new Reply(11, "{\"code\":11}".getBytes(UTF_8));

  static IntStream versions() {
    return IntStream.of(Codec.VERSION, Codec.VERSION - 1).filter(version -> version >= 1);
  }

  @ParameterizedTest
  @MethodSource("versions")
  void request_ofAnOtherRelease_isUnderstood(int version) throws IOException {
    assertThat(Codec.readRequest(kept("request-" + version))).isEqualTo(REQUEST);
  }

  @ParameterizedTest
  @MethodSource("versions")
  void reply_ofAnOtherRelease_isUnderstood(int version) throws IOException {
    assertThat(Codec.readReply(kept("reply-" + version))).isEqualTo(REPLY);
  }

  @Test
  void writtenBytes_areThoseOfTheVersion() throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    Codec.write(Channels.newChannel(request), REQUEST);
    ByteArrayOutputStream reply = new ByteArrayOutputStream();
    Codec.write(Channels.newChannel(reply), REPLY);

    assertThat(request.toByteArray()).isEqualTo(bytes("request-" + Codec.VERSION));
    assertThat(reply.toByteArray()).isEqualTo(bytes("reply-" + Codec.VERSION));
  }

  private static ReadableByteChannel kept(String name) throws IOException {
    return Channels.newChannel(new ByteArrayInputStream(bytes(name)));
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = ContractTest.class.getResourceAsStream(name + ".hex")) {
      assertThat(in).as("%s.hex", name).isNotNull();
      return HexFormat.of().parseHex(new String(in.readAllBytes(), UTF_8).strip());
    }
  }
}
