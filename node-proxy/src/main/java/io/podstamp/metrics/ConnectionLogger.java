package io.podstamp.metrics;

import io.podstamp.config.ConnectionLog;
import io.podstamp.task.BackgroundTask;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connection log: one line of JSON for each captured connection, when it ends.
///
/// An event loop only puts the connection into a bounded queue; one thread asks what the Node made
/// of its port, and writes. When that thread cannot keep up, connections are left out and counted.
///
/// `sampled` takes the first connection of each Pod in each second, so that every Pod is seen and
/// the rate is bounded by the number of Pods; the next line says how many were left out.
public final class ConnectionLogger implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConnectionLogger.class);

  /// About a second's worth of connections on a busy node, 2 MB at most.
  private static final int MOST_WAITING = 8192;

  private static final long CLOSE_MILLIS = 2000;

  /// Where lines go.
  public interface Sink extends AutoCloseable {
    /// Writes one line.
    ///
    /// @param isLast whether none waits behind it
    void write(String line, boolean isLast) throws IOException;

    @Override
    default void close() throws IOException {}
  }

  /// How a connection that leaves the Pod looks from outside the node.
  public interface Translation {
    /// The source address and port that the server sees; null if nobody knows. May block.
    @Nullable InetSocketAddress sourceSeen(InetSocketAddress from, InetSocketAddress to);
  }

  private final Supplier<ConnectionLog> setting;
  private final Translation translation;
  private final Sink sink;
  private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final LongAdder written;
  private final LongAdder dropped;
  private final BackgroundTask writer;
  private boolean failing;

  private ConnectionLogger(
      Supplier<ConnectionLog> setting,
      Translation translation,
      Sink sink,
      LongAdder written,
      LongAdder dropped) {
    this.setting = setting;
    this.translation = translation;
    this.sink = sink;
    this.written = written;
    this.dropped = dropped;
    this.writer = BackgroundTask.loop("connection-log", () -> waiting.take().run());
  }

  /// Starts the thread that writes.
  ///
  /// @param setting asked for at the end of every connection
  public static ConnectionLogger start(
      Supplier<ConnectionLog> setting, Translation translation, Sink sink, Exposition exposition) {
    ConnectionLogger logger =
        new ConnectionLogger(
            setting,
            translation,
            sink,
            exposition.counter(
                "podstamp_connection_log_lines", "Lines written to the connection log."),
            exposition.counter(
                "podstamp_connection_log_dropped",
                "Connections missing in the connection log, since it could not be written fast enough or at all."));
    logger.writer.start();
    return logger;
  }

  /// A connection is over; called on its event loop.
  void ended(ConnectionTally connection) {
    boolean wanted =
        switch (setting.get()) {
          case OFF -> false;
          case ON -> true;
          case SAMPLED ->
              connection.pod.isFirstIn(TimeUnit.NANOSECONDS.toSeconds(connection.endedNanos));
        };
    Instant now = Instant.now();
    if (wanted && !waiting.offer(() -> write(connection, now))) {
      dropped.increment();
    }
  }

  private void write(ConnectionTally connection, Instant ended) {
    try {
      InetSocketAddress upstream = connection.upstream;
      String line =
          ConnectionLine.of(
                  connection,
                  ended,
                  upstream == null
                      ? null
                      : translation.sourceSeen(upstream, connection.destination),
                  connection.pod.takeNotLogged())
              .json();
      sink.write(line, waiting.isEmpty());
      written.increment();
      failing = false;
    } catch (IOException | RuntimeException e) {
      dropped.increment();
      if (!failing) {
        failing = true;
        log.warn("the connection log cannot be written; further failures are counted only", e);
      }
    }
  }

  /// Writes what waits, and ends.
  @Override
  public void close() throws IOException {
    try {
      // Not by an interrupt, which would close the file under it.
      if (waiting.offer(writer::close, CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
        writer.await(Duration.ofMillis(CLOSE_MILLIS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sink.close();
  }
}
