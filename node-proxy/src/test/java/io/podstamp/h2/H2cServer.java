package io.podstamp.h2;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A real server of HTTP/2 without TLS: a program of Debian's, on loopback. It runs as nobody in a
/// user namespace of its own.
final class H2cServer implements AutoCloseable {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private static final String NGINX =
      """
      daemon off;
      master_process off;
      pid nginx.pid;
      error_log stderr crit;
      events {}
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        server { listen 127.0.0.1:PORT http2; location / { return 204; } }
      }
      """;

  /// Which program.
  enum Kind {
    NGHTTPD,
    NGINX
  }

  private final Process process;
  private final int port;

  private H2cServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /// Returns when it listens.
  static H2cServer start(Kind kind, Path home) throws IOException {
    int port = freePort();
    Files.writeString(home.resolve("nginx.conf"), NGINX.replace("PORT", "" + port));
    List<String> command = new ArrayList<>(List.of("unshare", "--user", "--"));
    command.addAll(
        switch (kind) {
          case NGHTTPD ->
              List.of("nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", "" + home, "" + port);
          case NGINX -> List.of("nginx", "-p", home + "/", "-c", "nginx.conf", "-e", "stderr");
        });
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("output").toFile());
    builder.environment().merge("PATH", "/usr/sbin", (path, sbin) -> path + ":" + sbin);
    H2cServer server = new H2cServer(builder.start(), port);
    await().atMost(Duration.ofSeconds(15)).until(() -> server.accepts() || !server.isAlive());
    if (!server.isAlive()) {
      throw new IllegalStateException(kind + ": " + Files.readString(home.resolve("output")));
    }
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  private boolean isAlive() {
    return process.isAlive();
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(address());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(LOOPBACK, port);
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
