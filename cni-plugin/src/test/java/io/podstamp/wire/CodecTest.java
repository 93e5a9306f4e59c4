package io.podstamp.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {
  private static final Request REQUEST =
      new Request(Map.of("CNI_COMMAND", "ADD", "CNI_ARGS", "K8S_POD_NAME=wéb"), ascii("{\"a\":1}"));

  @Test
  void readRequest_written_isTheSame() throws IOException {
    assertThat(Codec.readRequest(channel(bytes(REQUEST)))).isEqualTo(REQUEST);
  }

  @Test
  void readRequest_empty_isTheSame() throws IOException {
    Request empty = new Request(Map.of(), new byte[0]);
    assertThat(Codec.readRequest(channel(bytes(empty)))).isEqualTo(empty);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 255})
  void readReply_anyExitCode_isTheSame(int exitCode) throws IOException {
    Reply reply = new Reply(exitCode, ascii("{}\n"));
    assertThat(Codec.readReply(channel(bytes(reply)))).isEqualTo(reply);
  }

  @Test
  void readRequest_oneByteAtATime_isTheSame() throws IOException {
    byte[] message = bytes(REQUEST);
    ByteArrayInputStream in = new ByteArrayInputStream(message);
    ReadableByteChannel trickle =
        new ReadableByteChannel() {
          @Override
          public int read(ByteBuffer target) {
            int next = in.read();
            if (next < 0) {
              return -1;
            }
            target.put((byte) next);
            return 1;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
    assertThat(Codec.readRequest(trickle)).isEqualTo(REQUEST);
  }

  @Test
  void readRequest_bytesAfterIt_areLeftAlone() throws IOException {
    byte[] message = bytes(REQUEST);
    ByteArrayInputStream in = new ByteArrayInputStream(Arrays.copyOf(message, message.length + 3));
    Codec.readRequest(Channels.newChannel(in));
    assertThat(in.available()).isEqualTo(3);
  }

  @Test
  void readRequest_everyPrefix_isBroken() throws IOException {
    byte[] message = bytes(REQUEST);
    for (int length = 0; length < message.length; length++) {
      byte[] prefix = Arrays.copyOf(message, length);
      assertThatThrownBy(() -> Codec.readRequest(channel(prefix)))
          .isInstanceOfAny(BrokenMessageException.class, EOFException.class)
          .hasMessageMatching("ends after .*|closed without .*");
    }
  }

  @Test
  void readReply_everyPrefix_isBroken() throws IOException {
    byte[] message = bytes(new Reply(1, ascii("{\"code\":7}")));
    for (int length = 0; length < message.length; length++) {
      byte[] prefix = Arrays.copyOf(message, length);
      assertThatThrownBy(() -> Codec.readReply(channel(prefix)))
          .isInstanceOfAny(BrokenMessageException.class, EOFException.class)
          .hasMessageMatching("ends after .*|closed without .*");
    }
  }

  /// Cuts and stretches inside a body whose own length is right.
  @Test
  void readRequest_everyCutBody_isBroken() throws IOException {
    byte[] message = bytes(REQUEST);
    for (int length = 10; length < message.length; length++) {
      byte[] cut = Arrays.copyOf(message, length);
      ByteBuffer.wrap(cut).putInt(6, length - 10);
      assertThatThrownBy(() -> Codec.readRequest(channel(cut)))
          .isInstanceOf(BrokenMessageException.class);
    }
    byte[] longer = Arrays.copyOf(message, message.length + 1);
    ByteBuffer.wrap(longer).putInt(6, longer.length - 10);
    assertThatThrownBy(() -> Codec.readRequest(channel(longer)))
        .hasMessage("1 bytes too many in the message");
  }

  @Test
  void readReply_announcesAGibibyte_isBrokenBeforeAnythingIsAllocated() {
    byte[] header = header('r', 1 << 30);
    assertThatThrownBy(() -> Codec.readReply(channel(header)))
        .isInstanceOf(BrokenMessageException.class)
        .hasMessage("1073741834 bytes (expected: at most 4194304)");
  }

  @Test
  void readReply_announcesTheLargestUnsigned_isBroken() {
    assertThatThrownBy(() -> Codec.readReply(channel(header('r', -1))))
        .hasMessage("4294967305 bytes (expected: at most 4194304)");
  }

  @Test
  void readRequest_fieldLongerThanTheMessage_isBroken() {
    byte[] message = ByteBuffer.allocate(18).put(header('q', 8)).putInt(0).putInt(1 << 30).array();
    assertThatThrownBy(() -> Codec.readRequest(channel(message)))
        .hasMessage("a length of 1073741824 (expected: at most 0, what is left)");
  }

  @Test
  void readReply_request_isBroken() throws IOException {
    byte[] message = bytes(REQUEST);
    assertThatThrownBy(() -> Codec.readReply(channel(message)))
        .hasMessage("kind 113 (expected: 114, a reply)");
  }

  @Test
  void readReply_otherVersion_isBroken() throws IOException {
    byte[] message = bytes(new Reply(0, new byte[0]));
    message[4] = 2;
    assertThatThrownBy(() -> Codec.readReply(channel(message)))
        .hasMessage("version 2 (expected: 1; maybe plugin and agent are of different releases)");
  }

  @Test
  void readReply_http_isBroken() {
    assertThatThrownBy(() -> Codec.readReply(channel(ascii("HTTP/1.1 400 Bad Request"))))
        .hasMessage("starts with 0x48545450 (expected: a podstamp message)");
  }

  @Test
  void readReply_emptyBody_isBroken() {
    assertThatThrownBy(() -> Codec.readReply(channel(header('r', 0))))
        .isInstanceOf(BrokenMessageException.class);
  }

  @Test
  void readRequest_foreignVariable_isBroken() throws IOException {
    byte[] message = bytes(new Request(Map.of("CNI_PATH", "/x"), new byte[0]));
    message[18] = 'X';
    assertThatThrownBy(() -> Codec.readRequest(channel(message)))
        .isInstanceOf(BrokenMessageException.class)
        .hasMessage("variable XNI_PATH (expected: a name that starts with CNI_)");
  }

  @Test
  void readRequest_sameVariableTwice_isBroken() throws IOException {
    byte[] message = bytes(new Request(Map.of("CNI_A", "", "CNI_B", ""), new byte[0]));
    for (int i = 0; i < message.length; i++) {
      message[i] = message[i] == 'B' ? (byte) 'A' : message[i];
    }
    assertThatThrownBy(() -> Codec.readRequest(channel(message)))
        .hasMessage("variable CNI_A comes twice");
  }

  @Test
  void write_largest_passesAndOneMoreIsRefusedUnwritten() throws IOException {
    byte[] largest = new byte[Codec.MAX_MESSAGE - 10 - 1 - 4];
    assertThat(bytes(new Reply(0, largest))).hasSize(Codec.MAX_MESSAGE);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Reply tooLarge = new Reply(0, new byte[largest.length + 1]);
    assertThatThrownBy(() -> Codec.write(Channels.newChannel(out), tooLarge))
        .isInstanceOf(BrokenMessageException.class);
    assertThat(out.size()).isZero();
  }

  @Test
  void from_processEnvironment_keepsOnlyCni() {
    Request request = Request.from(Map.of("CNI_PATH", "/x", "AWS_SECRET", "s"), new byte[0]);
    assertThat(request.environment()).containsOnly(Map.entry("CNI_PATH", "/x"));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 256})
  void reply_exitCodeOutOfRange_isRefused(int exitCode) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Reply(exitCode, new byte[0]));
  }

  private static byte[] header(char kind, int length) {
    return ByteBuffer.allocate(10)
        .put(ascii("PSTP"))
        .put((byte) 1)
        .put((byte) kind)
        .putInt(length)
        .array();
  }

  private static byte[] bytes(Request request) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Codec.write(Channels.newChannel(out), request);
    return out.toByteArray();
  }

  private static byte[] bytes(Reply reply) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Codec.write(Channels.newChannel(out), reply);
    return out.toByteArray();
  }

  private static ReadableByteChannel channel(byte[] bytes) {
    return Channels.newChannel(new ByteArrayInputStream(bytes));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(UTF_8);
  }
}
