package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The port at which the agent finds the API server. When it goes down, connections are refused and
/// those that were there end, as when the API server is gone; the cluster's state can change
/// meanwhile. It comes up again at the same port.
final class ApiFront implements AutoCloseable {
  private final int backend;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private @Nullable ServerSocket server;

  /// Up at once.
  ///
  /// @param backend the port of the real one
  ApiFront(int backend) {
    this.backend = backend;
    try {
      ServerSocket first = listen(0);
      port = first.getLocalPort();
      serve(first);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  synchronized void up() {
    if (server != null) {
      return;
    }
    try {
      serve(listen(port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized void down() {
    if (server != null) {
      closeQuietly(server);
      server = null;
    }
    open.forEach(ApiFront::closeQuietly);
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 128);
    return server;
  }

  private void serve(ServerSocket listening) {
    server = listening;
    Thread.ofVirtual().start(() -> acceptAll(listening));
  }

  private void acceptAll(ServerSocket listening) {
    while (true) {
      try {
        Socket client = listening.accept();
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), backend);
        open.add(client);
        open.add(upstream);
        if (listening.isClosed()) {
          down();
        }
        Thread.ofVirtual().start(() -> carry(client, upstream));
        Thread.ofVirtual().start(() -> carry(upstream, client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void carry(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException ended) {
      // One of the two did; that is what the other one gets to hear.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void closeQuietly(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception alreadyClosed) {
      // That is what was wanted.
    }
  }

  @Override
  public void close() {
    down();
  }
}
