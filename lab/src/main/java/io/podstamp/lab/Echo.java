package io.podstamp.lab;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// An HTTP/1.1 server that tells what arrived, byte for byte: the body of its answer is the request
/// head exactly as received. Runs as a process of its own, in whatever netns.
///
/// - `GET /download/N`, or with more behind it, `/download/N/…`, answers with N MiB of [Payload].
/// - `GET /pause/N` answers as HTTP/1.0 does, until its own end, in two halves that are N seconds
///   apart.
/// - A request with a body is answered with the body's length and SHA-256.
/// - Everything else is answered with its own head. `Peer` in the answer is the source address.
///
/// Each head is also written to stdout as it came, before it is answered.
public final class Echo {
  static final String FIRST_HALF = "first half, ";
  static final String SECOND_HALF = "second half\n";

  private static final int BUFFER = 1 << 16;

  private Echo() {}

  /// Arguments: the port. Says `ready` on stdout when it listens.
  public static void main(String[] arguments) throws IOException {
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), 1024);
      System.out.println("ready");
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    }
  }

  private static void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream(), BUFFER);
      OutputStream out = new BufferedOutputStream(client.getOutputStream(), BUFFER);
      String head = head(in);
      while (!head.isEmpty()) {
        answer(head, in, out, client.getInetAddress().getHostAddress());
        out.flush();
        head = head(in);
      }
    } catch (IOException e) {
      // The client went away in the middle; its own exit status tells whether that was wrong.
    }
  }

  private static void answer(String head, InputStream in, OutputStream out, String peer)
      throws IOException {
    String target = head.split(" ", 3)[1];
    System.out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    System.out.flush();
    if (field(head, "expect").equals("100-continue")) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }
    if (target.startsWith("/download/")) {
      int mebibytes = Integer.parseInt(target.split("/", 4)[2]);
      begin(out, (long) mebibytes << 20, peer);
      Payload.write(out, mebibytes);
      return;
    }
    if (target.startsWith("/pause/")) {
      pause(out, Integer.parseInt(target.split("/", 3)[2]));
      throw new EOFException("the end of the answer");
    }
    byte[] body = head.getBytes(StandardCharsets.ISO_8859_1);
    if (field(head, "transfer-encoding").equals("chunked")) {
      body = told(chunked(in));
    } else if (!field(head, "content-length").isEmpty()) {
      body = told(counted(in, Long.parseLong(field(head, "content-length")), new Sum()));
    }
    begin(out, body.length, peer);
    out.write(body);
  }

  private static void pause(OutputStream out, int seconds) throws IOException {
    out.write(("HTTP/1.0 200 OK\r\n\r\n" + FIRST_HALF).getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    try {
      TimeUnit.SECONDS.sleep(seconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.write(SECOND_HALF.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static void begin(OutputStream out, long length, String peer) throws IOException {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\nPeer: " + peer + "\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static byte[] told(Sum sum) {
    String text = sum.bytes + " " + HexFormat.of().formatHex(sum.digest.digest()) + "\n";
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Reads up to and with the empty line; the empty text at the end of the connection.
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int end = 0;
    while (end != 0x0d0a0d0a) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
      end = end << 8 | next;
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static String field(String head, String name) {
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  private static Sum chunked(InputStream in) throws IOException {
    Sum sum = new Sum();
    long size = Long.parseLong(line(in), 16);
    while (size > 0) {
      counted(in, size, sum);
      line(in);
      size = Long.parseLong(line(in), 16);
    }
    line(in);
    return sum;
  }

  private static Sum counted(InputStream in, long length, Sum sum) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (long left = length; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException();
      }
      sum.digest.update(buffer, 0, read);
      sum.bytes += read;
      left -= read;
    }
    return sum;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  private static final class Sum {
    private final MessageDigest digest = Payload.sha256();
    private long bytes;
  }
}
