package io.podstamp.lab;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/// A program that makes connections from inside a Pod, each for one request to a [ProofServer]:
/// `ConnectionLoad NAME PORT PATIENCE_MILLIS RATE COUNT AT_ONCE ADDRESS…`. So many begin each
/// second, whether those before are through or not (0: as soon as there are fewer than AT_ONCE),
/// until there were so many (0: until it is told to end). It goes round the addresses.
///
/// Nothing is tried again. Each connection becomes one line of [ConnectionRecord] on stdout.
final class ConnectionLoad {
  private static final String TOLD = "Told: ";

  private final String name;
  private final int port;
  private final int patienceMillis;
  private final Semaphore free;
  private final List<String> addresses;
  private final Phaser open = new Phaser(1);
  private final PrintStream records =
      new PrintStream(
          new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.ISO_8859_1);
  private volatile boolean stopped;

  private ConnectionLoad(String[] arguments) {
    name = arguments[0];
    port = Integer.parseInt(arguments[1]);
    patienceMillis = Integer.parseInt(arguments[2]);
    free = new Semaphore(Integer.parseInt(arguments[5]));
    addresses = Arrays.asList(arguments).subList(6, arguments.length);
  }

  /// Says `ready` before the first connection.
  public static void main(String[] arguments) {
    ConnectionLoad load = new ConnectionLoad(arguments);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(load::end));
    System.out.println("ready");
    load.run(Integer.parseInt(arguments[3]), Long.parseLong(arguments[4]));
    // The end of this thread begins the end of the program, which is the hook's.
  }

  private void run(int rate, long count) {
    long beganNanos = System.nanoTime();
    for (long i = 0; !stopped && (count == 0 || i < count); i++) {
      long number = i;
      if (rate > 0) {
        long due = beganNanos + i * 1_000_000_000L / rate;
        while (due - System.nanoTime() > 0) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
      } else {
        free.acquireUninterruptibly();
      }
      open.register();
      Thread.ofVirtual().start(() -> connect(number));
    }
  }

  /// Those that are open may finish.
  private void end() {
    stopped = true;
    open.arriveAndAwaitAdvance();
    records.flush();
  }

  private void connect(long number) {
    String address = addresses.get((int) (number % addresses.size()));
    String token = name + "-" + number;
    long began = micros();
    long connected = 0;
    String stamp = "";
    String outcome;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), patienceMillis);
      connected = micros();
      socket.setSoTimeout(patienceMillis);
      socket
          .getOutputStream()
          .write(
              ("GET /" + token + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      Load.Answer answer = Load.Answer.read(new BufferedInputStream(socket.getInputStream()));
      outcome = proof(answer.body(), address, token, socket.getLocalPort());
      stamp =
          line(answer.body(), "X-Client-Hostname: ")
              + (line(answer.body(), TOLD).isEmpty() ? "" : ConnectionRecord.TOLD);
    } catch (IOException e) {
      outcome = e.toString();
    }
    ConnectionRecord record =
        new ConnectionRecord(began, connected, micros(), stamp, outcome.replaceAll("\\s", " "));
    synchronized (records) {
      records.println(record.line());
    }
    free.release();
    open.arriveAndDeregister();
  }

  private static String line(String body, String begin) {
    return body.lines()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()))
        .findFirst()
        .orElse("");
  }

  private static String proof(String body, String address, String token, int port) {
    String told = line(body, TOLD);
    return body.startsWith(address + "\nGET /" + token + " ")
            && (told.isEmpty() || told.equals(String.valueOf(port)))
        ? ConnectionRecord.OK
        : ConnectionRecord.MISMATCH + ": sent " + token + " to " + address + ", answered: " + body;
  }

  private static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
