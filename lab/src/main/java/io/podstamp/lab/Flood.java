package io.podstamp.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A program that ill-treats the proxy from inside a Pod until it is killed: `Flood KIND HOST PORT
/// COUNT`. Says "ready" once all its connections are there.
public final class Flood {
  /// What it does to each of its connections.
  public enum Kind {
    /// Nothing.
    IDLE,
    /// Sends a head, a line a second, without end.
    SLOW_HEAD,
    /// Sends heads that never end, as fast as they are taken.
    HUGE_HEAD,
    /// Sends empty lines as fast as they are taken.
    EMPTY_LINES,
    /// Sends requests as fast as they are taken and reads no answer.
    DEAF
  }

  private Flood() {}

  public static void main(String[] arguments) throws Exception {
    Kind kind = Kind.valueOf(arguments[0]);
    InetSocketAddress server = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
    int count = Integer.parseInt(arguments[3]);
    CountDownLatch connected = new CountDownLatch(count);
    Thread.ofVirtual()
        .start(
            () -> {
              for (int i = 0; i < count; i++) {
                Socket socket = connect(server);
                connected.countDown();
                Thread.ofVirtual().start(() -> illTreat(kind, socket));
              }
            });
    // At its Pod's limit the rest of them wait in connect().
    connected.await(5, TimeUnit.SECONDS);
    System.out.println("ready");
    new CountDownLatch(1).await();
  }

  private static Socket connect(InetSocketAddress server) {
    Socket socket = new Socket();
    try {
      socket.connect(server, 120_000);
    } catch (IOException e) {
      System.err.println(e);
      System.exit(1);
    }
    return socket;
  }

  private static void illTreat(Kind kind, Socket socket) {
    byte[] begin = bytes("GET / HTTP/1.1\r\nHost: a\r\n");
    byte[] line = bytes("X-Filler: " + "f".repeat(1_000) + "\r\n");
    byte[] emptyLines = bytes("\r\n".repeat(2_000));
    byte[] requests = bytes("GET /deaf HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200));
    try (socket) {
      switch (kind) {
        case IDLE -> awaitEnd(socket.getInputStream());
        case SLOW_HEAD -> {
          socket.getOutputStream().write(begin);
          while (true) {
            Thread.sleep(1_000);
            socket.getOutputStream().write(line);
          }
        }
        case HUGE_HEAD -> sendForEver(socket, begin, line);
        case EMPTY_LINES -> sendForEver(socket, emptyLines, emptyLines);
        case DEAF -> sendForEver(socket, requests, requests);
      }
    } catch (IOException | InterruptedException refused) {
      // That is what may happen to it.
    }
  }

  private static void awaitEnd(InputStream in) throws IOException {
    while (in.read() >= 0) {
      // The server may say something.
    }
  }

  private static void sendForEver(Socket socket, byte[] first, byte[] then) throws IOException {
    socket.getOutputStream().write(first);
    while (true) {
      socket.getOutputStream().write(then);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
