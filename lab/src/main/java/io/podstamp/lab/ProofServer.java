package io.podstamp.lab;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An HTTP server whose answers prove which request they belong to, and which address it was sent
/// to: the body is that address and the request head as it arrived. Behind it stands a line `Told:
/// PORT` if the connection began with a header of the PROXY protocol, with the port of the source
/// in it. One request a connection; runs as a process of its own: `ProofServer PORT`.
final class ProofServer {
  private static final int BACKLOG = 4096;
  private static final int LONGEST_HEAD = 8192;
  private static final int LIMIT_MILLIS = 60_000;
  private static final byte[] SIGNATURE = {
    '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'
  };

  private ProofServer() {}

  /// Says `ready` on stdout when it listens.
  public static void main(String[] arguments) throws IOException {
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), BACKLOG);
      System.out.println("ready");
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    }
  }

  private static void serve(Socket client) {
    try (client) {
      client.setSoTimeout(LIMIT_MILLIS);
      DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
      String told = told(in);
      String head = head(in);
      if (head.isEmpty()) {
        return;
      }
      byte[] body =
          (client.getLocalAddress().getHostAddress() + "\n" + head + told)
              .getBytes(StandardCharsets.ISO_8859_1);
      String answer =
          "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
              .formatted(body.length);
      client
          .getOutputStream()
          .write(
              (answer + new String(body, StandardCharsets.ISO_8859_1))
                  .getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // The client's own record tells whether that was wrong.
    }
  }

  /// Reads a header of version 2 with addresses of IPv4, if there is one.
  private static String told(DataInputStream in) throws IOException {
    in.mark(SIGNATURE.length);
    if (!Arrays.equals(in.readNBytes(SIGNATURE.length), SIGNATURE)) {
      in.reset();
      return "";
    }
    in.readUnsignedShort();
    int length = in.readUnsignedShort();
    in.readNBytes(8);
    int port = in.readUnsignedShort();
    in.readNBytes(length - 10);
    return "Told: " + port + "\n";
  }

  /// Up to and with the empty line; the empty text when the connection ends before.
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int next = in.read();
      if (next < 0 || head.length() > LONGEST_HEAD) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }
}
