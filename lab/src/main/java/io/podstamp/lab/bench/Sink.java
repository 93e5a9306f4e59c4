package io.podstamp.lab.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A program that takes uploads of any length and forgets them: `Sink PORT`. nginx would answer
/// before it has read them, or write them to a file. Answers with the number of bytes, or with 409
/// if the stamp is not the one in the path, `/NAME/ADDRESS/upload`.
final class Sink {
  private static final int BUFFER = 1 << 18;

  private Sink() {}

  public static void main(String[] arguments) throws IOException {
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), 1024);
      System.out.println("ready");
      while (true) {
        Socket client = server.accept();
        Thread.ofPlatform().start(() -> serve(client));
      }
    }
  }

  private static void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream(), BUFFER);
      HttpHead head = HttpHead.read(in);
      String[] path = head.first().split(" ", 3)[1].split("/", -1);
      long length = Long.parseLong(head.field("content-length"));
      discard(in, length);
      boolean isStamped =
          head.field("x-client-hostname").equals(path[1])
              && head.field("x-forwarded-for").equals(path[2]);
      String body = length + "\n";
      String answer =
          "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
              .formatted(isStamped ? "200 OK" : "409 Conflict", body.length(), body);
      client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      System.out.println(e);
    }
  }

  private static void discard(InputStream in, long length) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (long left = length; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException(left + " bytes are missing");
      }
      left -= read;
    }
  }
}
