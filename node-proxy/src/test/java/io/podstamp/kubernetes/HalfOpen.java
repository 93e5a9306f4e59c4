package io.podstamp.kubernetes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A relay to a port of this machine, whose connections can be made half open: nothing passes any
/// more, in either direction, not even the end, and neither side is told.
final class HalfOpen implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private volatile boolean dead;

  private static final class Connection {
    private final Socket client;
    private final Socket server;
    private volatile boolean dead;

    private Connection(Socket client, Socket server, boolean dead) {
      this.client = client;
      this.server = server;
      this.dead = dead;
    }

    private void relay(Socket from, Socket to) {
      byte[] buffer = new byte[8192];
      try {
        for (int n = from.getInputStream().read(buffer);
            n >= 0 || dead;
            n = from.getInputStream().read(buffer)) {
          if (n < 0) {
            return;
          }
          if (!dead) {
            to.getOutputStream().write(buffer, 0, n);
          }
        }
        to.shutdownOutput();
      } catch (IOException e) {
        if (!dead) {
          closeBoth();
        }
      }
    }

    private void closeBoth() {
      try (client;
          server) {
        // Both at once.
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  HalfOpen(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::acceptAll);
  }

  int port() {
    return listener.getLocalPort();
  }

  /// From now on nothing passes on the connections that there are.
  void kill() {
    connections.forEach(connection -> connection.dead = true);
  }

  /// As [#kill], and for new connections too, until the call with false.
  void killAll(boolean dead) {
    this.dead = dead;
    if (dead) {
      kill();
    }
  }

  private void acceptAll() {
    while (true) {
      try {
        Socket client = listener.accept();
        Connection connection =
            new Connection(client, new Socket(listener.getInetAddress(), target), dead);
        connections.add(connection);
        Thread.ofVirtual().start(() -> connection.relay(client, connection.server));
        Thread.ofVirtual().start(() -> connection.relay(connection.server, client));
      } catch (IOException e) {
        if (listener.isClosed()) {
          return;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    connections.forEach(Connection::closeBoth);
  }
}
