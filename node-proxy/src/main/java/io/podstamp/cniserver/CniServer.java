package io.podstamp.cniserver;

import io.podstamp.task.BackgroundTask;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Unix socket that the CNI plugin talks to: one request and one reply a connection, each on a
/// virtual thread, for the node's root only.
///
/// The socket is made beside its path and renamed over it, so that there is one at any moment of an
/// upgrade; it is never unlinked, since it may by then be the next agent's.
public final class CniServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CniServer.class);

  /// A plugin writes its request at once; whoever takes longer is not one. A plugin waits 5 s in
  /// all.
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

  /// More half-sent requests than any kubelet has at a time; beyond that the oldest is dropped, so
  /// that nobody who connects and says nothing keeps others out.
  private static final int MOST_UNREAD = 512;

  private final ServerSocketChannel server;
  private final UserPrincipal owner;
  private final Function<Request, Reply> verbs;
  private final AtomicLong unanswered = new AtomicLong();
  private final Deque<SocketChannel> unread = new ConcurrentLinkedDeque<>();
  private final BackgroundTask acceptor = BackgroundTask.loop("cni-accept", this::acceptOne);
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("cni").factory());
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("cni-clock").daemon().factory());

  private CniServer(
      ServerSocketChannel server, UserPrincipal owner, Function<Request, Reply> verbs) {
    this.server = server;
    this.owner = owner;
    this.verbs = verbs;
  }

  /// Takes the socket over from whoever had it, and serves.
  public static CniServer start(Path socket, Function<Request, Reply> verbs) throws IOException {
    Path directory = socket.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(socket + " (expected: the path of a socket in a directory)");
    }
    Files.createDirectories(directory);
    Path fresh =
        directory.resolve("." + socket.getFileName() + "." + ProcessHandle.current().pid());
    Files.deleteIfExists(fresh);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(fresh), 1024);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      UserPrincipal owner = Files.getOwner(fresh);
      Files.move(
          fresh, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      CniServer started = new CniServer(server, owner, verbs);
      started.acceptor.start();
      return started;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /// Fails when no descriptors are left, for example; then the next try comes after a pause.
  private void acceptOne() throws IOException {
    SocketChannel client;
    try {
      client = server.accept();
    } catch (ClosedChannelException closed) {
      acceptor.close();
      return;
    }
    unread.addLast(client);
    if (unread.size() > MOST_UNREAD) {
      SocketChannel oldest = unread.pollFirst();
      if (oldest != null) {
        closeQuietly(oldest);
      }
    }
    try {
      calls.execute(() -> onClient(client));
    } catch (RejectedExecutionException closed) {
      closeQuietly(client); // the plugin asks again, the next agent
      acceptor.close();
    }
  }

  private void onClient(SocketChannel client) {
    try (client) {
      doOnClient(client);
    } catch (IOException e) {
      long count = unanswered.incrementAndGet();
      if (Long.bitCount(count) == 1) {
        log.warn("CNI request not answered, {} so far: {}", count, e.getMessage());
      }
    } catch (RuntimeException e) {
      log.error("CNI request not answered", e);
    }
  }

  private void doOnClient(SocketChannel client) throws IOException {
    Request request;
    ScheduledFuture<?> timeout =
        clock.schedule(
            () -> closeQuietly(client), REQUEST_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    try {
      requireOwner(client);
      request = Codec.readRequest(client);
    } finally {
      timeout.cancel(false);
      unread.remove(client);
    }
    Codec.write(client, verbs.apply(request));
  }

  private void requireOwner(SocketChannel client) throws IOException {
    UserPrincipal peer = client.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    if (!peer.equals(owner)) {
      throw new IOException(
          "a process of user " + peer.getName() + " called (expected: " + owner.getName() + ")");
    }
  }

  private static void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      log.debug("a CNI client was closed already", e);
    }
  }

  /// Takes no more calls, and waits until those it took are answered.
  @Override
  public void close() throws IOException {
    server.close();
    calls.close();
    clock.shutdownNow();
  }
}
