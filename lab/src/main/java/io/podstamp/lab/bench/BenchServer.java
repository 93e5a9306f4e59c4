package io.podstamp.lab.bench;

import io.podstamp.lab.Daemon;
import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Lab;
import io.podstamp.lab.Netns;
import io.podstamp.lab.Node;
import io.podstamp.lab.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What everybody calls: Debian's nginx in the netns outside, and [Sink] for long uploads. The path
/// of a request says which stamp it has to carry; with another one it is refused, so an answer is
/// the proof of its stamp.
final class BenchServer implements AutoCloseable {
  static final int PORT = 8081;
  static final int UPLOAD_PORT = 8082;
  private static final int STATUS_PORT = 8083;

  /// Of HTTP/2 without TLS.
  static final int HTTP2_PORT = 8084;

  private final Netns outside;
  private final Daemon nginx;
  private final Daemon sink;

  private BenchServer(Netns outside, Daemon nginx, Daemon sink) {
    this.outside = outside;
    this.nginx = nginx;
    this.sink = sink;
  }

  /// @param downloadMebibytes the length of what `/file` answers with
  static BenchServer start(Netns outside, int downloadMebibytes) {
    try {
      Path home = Files.createDirectories(Lab.FOLDER.resolve("bench-server"));
      Path payload = home.resolve("payload");
      // Not zeros: the kernel has one page for all of these, which no cache ever loses.
      Run.ok("dd", "if=/dev/urandom", "of=" + payload, "bs=1M", "count=" + downloadMebibytes);
      Map<String, Object> values =
          Map.of(
              "port", PORT,
              "statusPort", STATUS_PORT,
              "http2Port", HTTP2_PORT,
              "payload", payload);
      Path config =
          Files.writeString(
              home.resolve("server.conf"), new Template("server.conf").filled(values));
      Daemon nginx =
          Daemon.start(
              "bench server",
              outside.inside(
                  java.util.List.of("nginx", "-p", home + "/", "-c", config + "", "-e", "stderr")),
              home.resolve("server.log"));
      nginx.await(() -> status(outside).isOk());
      Daemon sink =
          Daemon.start(
              "sink",
              outside.inside(JavaProgram.command(Sink.class, String.valueOf(UPLOAD_PORT))),
              home.resolve("sink.log"));
      sink.await(() -> sink.logText().contains("ready"));
      return new BenchServer(outside, nginx, sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How many requests nginx has answered or is answering, with the one that asks.
  long requests() {
    // Active connections: 1 \n server accepts handled requests \n 1 1 1 \n …
    String[] counts =
        status(outside).orThrow().out().lines().toList().get(2).strip().split(" ", -1);
    return Long.parseLong(counts[2]);
  }

  private static Run status(Netns outside) {
    return outside.run("curl", "-sf", "http://127.0.0.1:" + STATUS_PORT + "/status");
  }

  /// @param stamp `NAME/ADDRESS`, or `/` for none
  static String url(String stamp, String what) {
    return url(PORT, stamp, what);
  }

  static String http2Url(String stamp, String what) {
    return url(HTTP2_PORT, stamp, what);
  }

  private static String url(int port, String stamp, String what) {
    return "http://" + Node.OUTSIDE_ADDRESS + ":" + port + "/" + stamp + "/" + what;
  }

  @Override
  public void close() {
    nginx.close();
    sink.close();
  }
}
