package io.podstamp.cni;

import io.podstamp.wire.Codec;
import io.podstamp.wire.Reply;
import io.podstamp.wire.Request;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// An agent on a real Unix socket that behaves as the test says: one connection after the other, on
/// a thread of its own.
final class FakeAgent implements AutoCloseable {
  /// What it does with a connection; the connection is closed afterwards.
  interface Behaviour {
    void serve(SocketChannel connection) throws IOException, InterruptedException;
  }

  private final ServerSocketChannel server;
  private final List<SocketChannel> held = new CopyOnWriteArrayList<>();

  private @Nullable Thread thread;

  private FakeAgent(ServerSocketChannel server) {
    this.server = server;
  }

  /// Gives every request the same reply, and keeps the requests.
  static FakeAgent replying(Path socket, Reply reply, List<Request> requests) throws IOException {
    return behaving(
        socket,
        connection -> {
          requests.add(Codec.readRequest(connection));
          Codec.write(connection, reply);
        });
  }

  static FakeAgent behaving(Path socket, Behaviour behaviour) throws IOException {
    FakeAgent agent = new FakeAgent(listen(socket));
    agent.thread = Thread.ofVirtual().start(() -> agent.serve(behaviour));
    return agent;
  }

  /// Listens, and never accepts: connections pile up until `connect` blocks.
  static FakeAgent deaf(Path socket) throws IOException {
    FakeAgent agent = new FakeAgent(listen(socket));
    boolean accepted;
    do {
      SocketChannel filler = SocketChannel.open(StandardProtocolFamily.UNIX);
      agent.held.add(filler);
      filler.configureBlocking(false);
      try {
        accepted = filler.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        accepted = false;
      }
    } while (accepted);
    return agent;
  }

  /// As the agent does it: at no moment is there no socket, or one where nobody listens.
  private static ServerSocketChannel listen(Path socket) throws IOException {
    Path fresh = socket.resolveSibling(socket.getFileName() + ".next");
    ServerSocketChannel server =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(fresh), 1);
    Files.move(fresh, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return server;
  }

  private void serve(Behaviour behaviour) {
    while (true) {
      try (SocketChannel connection = server.accept()) {
        held.add(connection);
        behaviour.serve(connection);
      } catch (ClosedChannelException e) {
        if (!server.isOpen()) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        // The plugin hung up; the test looks at what the plugin said.
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    if (thread != null) {
      thread.interrupt();
    }
    for (SocketChannel channel : held) {
      channel.close();
    }
  }
}
