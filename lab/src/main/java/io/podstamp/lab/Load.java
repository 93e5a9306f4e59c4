package io.podstamp.lab;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// A program that keeps connections busy from inside a Pod until it is told to end: `Load HOST PORT
/// PATH CONNECTIONS REQUESTS PAUSE`. On each connection goes one GET after the other, with a pause
/// of so many milliseconds between them; after so many requests it gives its place to a new one.
///
/// Nothing is tried again: each failure is counted and told, and its connection is replaced.
/// [RunningLoad] reads the last line.
final class Load {
  private static final int LIMIT_MILLIS = 30_000;
  private static final int FAILURES_TOLD = 20;

  private final InetSocketAddress server;
  private final byte[] request;
  private final int requestsEach;
  private final int pauseMillis;
  private volatile boolean stopped;

  private long requests;
  private long connections;
  private long refused;
  private long broken;
  private long resets;
  private long youngestBrokenMillis = Long.MAX_VALUE;

  private Load(String[] arguments) {
    server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
    String head = "GET " + arguments[2] + " HTTP/1.1\r\nHost: load\r\n\r\n";
    request = head.getBytes(StandardCharsets.US_ASCII);
    requestsEach = Integer.parseInt(arguments[4]);
    pauseMillis = Integer.parseInt(arguments[5]);
  }

  public static void main(String[] arguments) throws InterruptedException {
    Load load = new Load(arguments);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
      clients.add(Thread.ofVirtual().start(load::run));
    }
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      load.stopped = true;
                      clients.forEach(Load::join);
                      System.out.println(load.totals());
                    }));
    System.out.println("ready");
    Thread.currentThread().join();
  }

  private static void join(Thread client) {
    try {
      client.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!stopped) {
      long beganNanos = System.nanoTime();
      try (Socket socket = new Socket()) {
        socket.connect(server, LIMIT_MILLIS);
        connected();
        beganNanos = System.nanoTime();
        use(socket);
      } catch (IOException e) {
        failed(e, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos));
        pause();
      }
    }
  }

  private void use(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(LIMIT_MILLIS);
    InputStream in = new BufferedInputStream(socket.getInputStream());
    for (int i = 0; i < requestsEach && !stopped; i++) {
      socket.getOutputStream().write(request);
      Answer.read(in);
      answered();
      pause();
    }
  }

  private void pause() {
    try {
      Thread.sleep(pauseMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void connected() {
    connections++;
  }

  private synchronized void answered() {
    requests++;
  }

  private synchronized void failed(IOException failure, long ageMillis) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof java.net.ConnectException) {
      refused++;
    } else {
      broken++;
      youngestBrokenMillis = Math.min(youngestBrokenMillis, ageMillis);
      if (message.toLowerCase(Locale.ROOT).contains("reset")) {
        resets++;
      }
    }
    if (refused + broken <= FAILURES_TOLD) {
      System.out.println(
          "failed at " + System.currentTimeMillis() + " after " + ageMillis + " ms: " + failure);
    }
  }

  private synchronized String totals() {
    return "requests=%d connections=%d refused=%d broken=%d resets=%d youngestBrokenMillis=%d"
        .formatted(requests, connections, refused, broken, resets, youngestBrokenMillis);
  }

  /// One answer of a server that tells its length.
  record Answer(String head, String body) {

    static Answer read(InputStream in) throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          throw new EOFException("the connection ended" + (head.isEmpty() ? "" : " in a head"));
        }
        head.append((char) next);
      }
      if (!head.toString().startsWith("HTTP/1.1 200 ")) {
        throw new IOException("answered with " + head.toString().lines().findFirst().orElse(""));
      }
      int length =
          head.toString()
              .lines()
              .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
              .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
              .findFirst()
              .orElseThrow(() -> new IOException("no Content-Length (expected: one)"));
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException("the connection ended in a body");
      }
      return new Answer(head.toString(), new String(body, StandardCharsets.ISO_8859_1));
    }
  }
}
