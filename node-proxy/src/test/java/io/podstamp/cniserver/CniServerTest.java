package io.podstamp.cniserver;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CniServerTest {
  private static final Request REQUEST =
      new Request(Map.of("CNI_COMMAND", "ADD"), "{}".getBytes(US_ASCII));

  @TempDir private Path dir;
  private Path socket;
  private CniServer server;

  @BeforeEach
  void start() throws IOException {
    socket = dir.resolve("cni.sock");
    server = CniServer.start(socket, request -> answer("first"));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private static Reply answer(String text) {
    return Reply.success(text.getBytes(US_ASCII));
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private String ask() throws IOException {
    try (SocketChannel client = connect()) {
      Codec.write(client, REQUEST);
      return new String(Codec.readReply(client).stdout(), US_ASCII);
    }
  }

  /// The server hangs up; with a reset where it had not read everything.
  private static void awaitDropped(SocketChannel client) throws IOException {
    try {
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  @Test
  void request_isAnswered() throws IOException {
    assertThat(ask()).isEqualTo("first");
  }

  @Test
  void socket_isForItsOwnerOnly() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
  }

  @Test
  void halfARequest_isDropped_othersAreServedMeanwhile() throws IOException {
    try (SocketChannel half = connect()) {
      half.write(ByteBuffer.wrap("PST".getBytes(US_ASCII)));
      assertThat(ask()).isEqualTo("first");
      awaitDropped(half);
    }
  }

  @Test
  void garbage_isDropped() throws IOException {
    try (SocketChannel client = connect()) {
      client.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII)));
      awaitDropped(client);
    }
    assertThat(ask()).isEqualTo("first");
  }

  @Test
  void messageOfAGibibyte_isDroppedBeforeItIsRead() throws IOException {
    try (SocketChannel client = connect()) {
      ByteBuffer header = ByteBuffer.allocate(10);
      header.put("PSTP".getBytes(US_ASCII)).put((byte) 1).put((byte) 'q').putInt(1 << 30).flip();
      client.write(header);
      awaitDropped(client);
    }
  }

  @Test
  void tenThousandSilentClients_keepNobodyOut() throws IOException {
    List<SocketChannel> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 10_000; i++) {
        silent.add(connect());
      }
      assertThat(ask()).isEqualTo("first");
    } finally {
      for (SocketChannel client : silent) {
        client.close();
      }
    }
  }

  @Test
  void anotherAgent_takesTheSocketOver_andTheOldOneDoesNotRemoveIt() throws IOException {
    try (CniServer next = CniServer.start(socket, request -> answer("second"))) {
      assertThat(ask()).isEqualTo("second");
      server.close();
      assertThat(ask()).isEqualTo("second");
      assertThat(next).isNotNull();
    }
    assertThat(socket).exists();
  }

  @Test
  void processOfAnotherUser_isRefused() throws Exception {
    // The files let it in, so that only the check of the peer is left.
    for (Path path = socket; path != null && path.startsWith(dir); path = path.getParent()) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    Process client =
        new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                "perl",
                "-MIO::Socket::UNIX",
                "-e",
                "$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!; print sysread($s, $_, 1) ? 'served' : 'dropped'",
                socket.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(client.getInputStream().readAllBytes(), US_ASCII);
    assertThat(client.waitFor()).as(output).isZero();
    assertThat(output).isEqualTo("dropped");
  }
}
