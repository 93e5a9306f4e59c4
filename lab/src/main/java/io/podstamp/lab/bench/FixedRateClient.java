package io.podstamp.lab.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/// A program that sends requests by the clock, whether answers come or not: `FixedRateClient URL
/// CONNECTIONS RATE WARM-UP SECONDS`. Each connection has a timetable of its own, and a request is
/// late from the moment in its timetable, not from when it could be sent at last: nothing is
/// omitted because the one before it was slow. Says `REQUESTS P50 P99 P999`, in nanoseconds.
final class FixedRateClient {
  private static final int BUFFER = 1 << 14;
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int LIMIT_MILLIS = 10_000;

  private final InetSocketAddress server;
  private final byte[] request;
  private final long periodNanos;
  private final long measuredFrom;
  private final long until;
  private final Histogram latencies = new Histogram(LONGEST_NANOS, 3);

  private FixedRateClient(URI url, long periodNanos, long measuredFrom, long until) {
    this.server = new InetSocketAddress(url.getHost(), url.getPort());
    String head =
        "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(url.getRawPath(), url.getAuthority());
    this.request = head.getBytes(StandardCharsets.US_ASCII);
    this.periodNanos = periodNanos;
    this.measuredFrom = measuredFrom;
    this.until = until;
  }

  public static void main(String[] arguments) throws InterruptedException {
    int connections = Integer.parseInt(arguments[1]);
    long rate = Long.parseLong(arguments[2]);
    long periodNanos = TimeUnit.SECONDS.toNanos(connections) / rate;
    long begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
    long measuredFrom = begin + TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[3]));
    long until = measuredFrom + TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[4]));
    Histogram all = new Histogram(LONGEST_NANOS, 3);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      FixedRateClient client =
          new FixedRateClient(URI.create(arguments[0]), periodNanos, measuredFrom, until);
      long first = begin + i * periodNanos / connections;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    client.run(first);
                    synchronized (all) {
                      all.add(client.latencies);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.println(
        "%d %d %d %d"
            .formatted(
                all.getTotalCount(),
                all.getValueAtPercentile(50),
                all.getValueAtPercentile(99),
                all.getValueAtPercentile(99.9)));
  }

  private void run(long first) {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(LIMIT_MILLIS);
      socket.connect(server, LIMIT_MILLIS);
      for (long due = first; due - until < 0; due += periodNanos) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        socket.getOutputStream().write(request);
        read(socket.getInputStream());
        if (due - measuredFrom >= 0) {
          latencies.recordValue(System.nanoTime() - due);
        }
      }
    } catch (IOException e) {
      System.err.println(e);
      System.exit(1);
    }
  }

  /// Reads one answer, which comes in one piece nearly always.
  private static void read(InputStream in) throws IOException {
    byte[] answer = new byte[BUFFER];
    int end = 0;
    int length = 0;
    while (length < end || end == 0) {
      int read = in.read(answer, length, BUFFER - length);
      if (read < 0) {
        throw new IOException("the connection ended after " + length + " bytes of an answer");
      }
      length += read;
      if (end == 0) {
        HttpHead head = HttpHead.of(answer, length);
        int headEnd = head.text().indexOf("\r\n\r\n");
        end = headEnd < 0 ? 0 : headEnd + 4 + (int) head.lengthOf200();
      }
    }
  }
}
