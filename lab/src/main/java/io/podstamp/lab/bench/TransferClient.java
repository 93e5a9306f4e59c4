package io.podstamp.lab.bench;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// A program that downloads, or uploads so many bytes, on several connections at once:
/// `TransferClient URL CONNECTIONS [BYTES]`. Says `BYTES NANOSECONDS`.
final class TransferClient {
  private static final int BUFFER = 1 << 18;

  private final URI url;
  private final long uploadBytes;
  private final byte[] buffer = new byte[BUFFER];

  private TransferClient(URI url, long uploadBytes) {
    this.url = url;
    this.uploadBytes = uploadBytes;
  }

  public static void main(String[] arguments) throws InterruptedException {
    URI url = URI.create(arguments[0]);
    long uploadBytes = arguments.length > 2 ? Long.parseLong(arguments[2]) : 0;
    AtomicLong bytes = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    long beganNanos = System.nanoTime();
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> bytes.addAndGet(new TransferClient(url, uploadBytes).run())));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.println(bytes + " " + (System.nanoTime() - beganNanos));
  }

  private long run() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
      String method = uploadBytes > 0 ? "POST" : "GET";
      String length = uploadBytes > 0 ? "Content-Length: " + uploadBytes + "\r\n" : "";
      String head =
          "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
              .formatted(method, url.getRawPath(), url.getAuthority(), length);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      upload(socket.getOutputStream());
      long downloaded = download(socket.getInputStream());
      return uploadBytes > 0 ? uploadBytes : downloaded;
    } catch (IOException e) {
      System.err.println(e);
      System.exit(1);
      throw new IllegalStateException(e);
    }
  }

  private void upload(OutputStream out) throws IOException {
    if (uploadBytes > 0) {
      new Random(1).nextBytes(buffer);
    }
    for (long left = uploadBytes; left > 0; left -= Math.min(left, BUFFER)) {
      out.write(buffer, 0, (int) Math.min(left, BUFFER));
    }
  }

  /// Reads one answer to its end.
  ///
  /// @return the length of its body
  private long download(InputStream in) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    while (!text.toString(StandardCharsets.ISO_8859_1).contains("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("no answer");
      }
      text.write(next);
    }
    long length = HttpHead.of(text.toByteArray(), text.size()).lengthOf200();
    for (long left = length; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(left, BUFFER));
      if (read < 0) {
        throw new EOFException(left + " bytes are missing");
      }
      left -= read;
    }
    return length;
  }
}
