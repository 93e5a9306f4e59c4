package io.podstamp.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Receivers of every kind that was seen, in small.
@Timeout(60)
class ProxyProtocolCheckTest {
  private static final int SIGNATURE = 12;

  /// What a receiver does with a connection.
  private interface Receiver {
    void serve(Socket socket, PushbackInputStream in, boolean header) throws IOException;
  }

  /// @param reads whether it looks for a header first; if not, it gets all bytes
  private static Finding look(boolean reads, Receiver receiver) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!server.isClosed()) {
                  try {
                    Socket accepted = server.accept();
                    Thread.ofVirtual().start(() -> serve(accepted, reads, receiver));
                  } catch (IOException e) {
                    return; // the end
                  }
                }
              });
      return new ProxyProtocolCheck((InetSocketAddress) server.getLocalSocketAddress(), 500)
          .look()
          .getFirst();
    }
  }

  private static void serve(Socket accepted, boolean reads, Receiver receiver) {
    try (accepted;
        PushbackInputStream in = new PushbackInputStream(accepted.getInputStream(), SIGNATURE)) {
      boolean header = false;
      if (reads) {
        byte[] begin = in.readNBytes(SIGNATURE);
        header = new String(begin, ISO_8859_1).equals("\r\n\r\n\0\r\nQUIT\n");
        if (header) {
          in.readNBytes(2);
          in.readNBytes(in.read() << 8 | in.read());
        } else {
          in.unread(begin);
        }
      }
      receiver.serve(accepted, in, header);
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private static void answerHttp(Socket socket, PushbackInputStream in) throws IOException {
    boolean isHttp = new String(in.readNBytes(4), ISO_8859_1).equals("GET ");
    while (isHttp && in.available() > 0) {
      in.readNBytes(in.available());
    }
    String status = isHttp ? "404 Not Found" : "400 Bad Request";
    socket.getOutputStream().write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(ISO_8859_1));
  }

  @Test
  void demanded_isOk() throws IOException {
    Finding finding =
        look(
            true,
            (socket, in, header) -> {
              if (header) {
                answerHttp(socket, in);
              }
            });
    assertThat(finding.level()).isEqualTo(Finding.Level.OK);
    assertThat(finding.sentence()).matches("127\\.0\\.0\\.1:\\d+ takes the header, and demands it");
  }

  @Test
  void demandedByOneThatSpeaksFirst_isOk() throws IOException {
    Finding finding =
        look(
            true,
            (socket, in, header) ->
                socket
                    .getOutputStream()
                    .write((header ? "220 ready\r\n" : "").getBytes(ISO_8859_1)));
    assertThat(finding.level()).isEqualTo(Finding.Level.OK);
  }

  @Test
  void servedWithoutToo_isToBeKnown() throws IOException {
    Finding finding = look(true, (socket, in, header) -> answerHttp(socket, in));
    assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
    assertThat(finding.sentence()).endsWith("serves connections with a header and without one");
    assertThat(finding.fix()).contains("let only the Nodes' addresses reach it");
  }

  @Test
  void notTaken_fails() throws IOException {
    Finding finding = look(false, (socket, in, header) -> answerHttp(socket, in));
    assertThat(finding.level()).isEqualTo(Finding.Level.FAIL);
    assertThat(finding.sentence())
        .endsWith("does not take the header: it refuses the connection, and serves one without");
  }

  /// As Redis: it takes the header for the beginning of something long.
  @Test
  void hangs_fails() throws IOException {
    Finding finding =
        look(
            true,
            (socket, in, header) -> {
              if (header) {
                in.readAllBytes();
              } else {
                answerHttp(socket, in);
              }
            });
    assertThat(finding.level()).isEqualTo(Finding.Level.FAIL);
    assertThat(finding.sentence()).endsWith("it says nothing any more");
  }

  @Test
  void neither_isToBeKnown() throws IOException {
    Finding finding = look(false, (socket, in, header) -> in.readAllBytes());
    assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
    assertThat(finding.sentence()).contains("with one it waits, without one it waits");
  }

  @Test
  void unreachable_fails() throws IOException {
    int closed;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = server.getLocalPort();
    }
    Finding finding =
        new ProxyProtocolCheck(new InetSocketAddress(InetAddress.getLoopbackAddress(), closed))
            .look()
            .getFirst();
    assertThat(finding.level()).isEqualTo(Finding.Level.FAIL);
    assertThat(finding.sentence()).contains("cannot be reached: Connection refused");
  }
}
