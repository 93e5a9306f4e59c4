package io.podstamp.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// Sends bytes to a server as the relay would: as they are, ended by a half-close or by a reset.
///
/// The half-close waits for the answers that there must be: some servers keep a refusal to
/// themselves once the client has ended its side.
final class Client {
  /// Every connection has a loopback address of its own, so that a server's records tell which
  /// connection they belong to, whatever it made of the bytes.
  private static final AtomicInteger NEXT = new AtomicInteger(1 << 16);

  private static final int MILLIS_TO_END = 3_000;

  /// How long a server may be quiet before the half-close. Nearly all answer at once, or end the
  /// connection, but not on a busy machine.
  private static final int MILLIS_TO_ANSWER = 5_000;

  /// A server may read the bytes before a reset, or lose them; it gets this long to read them.
  private static final int MILLIS_BEFORE_RESET = 100;

  private static final Pattern FINAL_STATUS = Pattern.compile("HTTP/1\\.[01] [2-5]");

  private final InetAddress address = nextAddress();

  private static InetAddress nextAddress() {
    int n = NEXT.getAndIncrement();
    return InetAddress.ofLiteral("127." + (n >> 16) + "." + (n >> 8 & 0xff) + "." + (n & 0xff));
  }

  InetAddress address() {
    return address;
  }

  /// One connection, from its dial to its end.
  ///
  /// @return what the server answered
  String send(InetSocketAddress server, Passage passage) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(address, 0));
      socket.connect(server);
      try {
        socket.getOutputStream().write(passage.upstream().getBytes(ISO_8859_1));
        if (passage.reset()) {
          read(socket, MILLIS_BEFORE_RESET, Integer.MAX_VALUE, answer);
          socket.setSoLinger(true, 0);
        } else {
          read(socket, MILLIS_TO_ANSWER, passage.unmissable(), answer);
          socket.shutdownOutput();
          read(socket, MILLIS_TO_END, Integer.MAX_VALUE, answer);
        }
      } catch (IOException e) {
        // A reset of the server's, also while we write: the answer ends here.
        read(socket, MILLIS_BEFORE_RESET, Integer.MAX_VALUE, answer);
      }
    }
    return answer.toString(ISO_8859_1);
  }

  /// Reads until there are so many answers, the server ends its side, or it is quiet for that long.
  private static void read(
      Socket socket, int quietMillis, int answers, ByteArrayOutputStream answer) {
    byte[] buffer = new byte[8192];
    try {
      socket.setSoTimeout(quietMillis);
      InputStream in = socket.getInputStream();
      while (FINAL_STATUS.matcher(answer.toString(ISO_8859_1)).results().count() < answers) {
        int n = in.read(buffer);
        if (n < 0) {
          return;
        }
        answer.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // Quiet, or reset.
    }
  }
}
