package io.podstamp.accept;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.PodSockets;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.upstream.Dialer;
import io.podstamp.upstream.EventLoops;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A Pod's listener on loopback, without a redirect, whose connections all go to one server of the
/// test's.
final class LoopbackPath implements AutoCloseable {
  static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /// Who a test's Pod may be.
  static final PodIdentity WEB_0 =
      new PodIdentity(
          new PodRef("shop", "web-0", "u1"),
          List.of(InetAddress.ofLiteral("10.1.2.3")),
          "web-0",
          null,
          Map.of(),
          Map.of(),
          null,
          new PodIdentity.Node("n1", null));

  private static final int PATIENCE_MS = 20_000;

  private final EventLoopGroup loops = EventLoops.start(1);
  private final ServerSocket server = new ServerSocket();
  private final PodListener listener;

  LoopbackPath(CapturedPod pod, NodeMetrics metrics) throws IOException {
    this(pod, metrics, 0);
  }

  /// @param buffer how much the server's kernel takes, in bytes; 0: what is usual
  LoopbackPath(CapturedPod pod, NodeMetrics metrics, int buffer) throws IOException {
    if (buffer > 0) {
      server.setReceiveBufferSize(buffer);
    }
    server.bind(new InetSocketAddress(LOOPBACK, 0));
    InetSocketAddress to = new InetSocketAddress(LOOPBACK, server.getLocalPort());
    listener =
        PodListener.start(
            loops,
            ListeningSockets.open(PodSockets::bareHere, 0),
            AcceptGate.of(Capacity.unlimited()),
            new ConnectionInitializer(
                pod,
                accepted -> new OriginalDestination(to),
                new Dialer(towards -> new EpollSocketChannel(), 0),
                metrics.meter()));
  }

  EventLoopGroup loops() {
    return loops;
  }

  /// The server's.
  int port() {
    return server.getLocalPort();
  }

  /// An application.
  Socket dial() throws IOException {
    return dial(new Socket());
  }

  Socket dial(Socket socket) throws IOException {
    socket.connect(new InetSocketAddress(LOOPBACK, listener.port()));
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }

  /// What the server gets for it.
  Socket accept() throws IOException {
    Socket socket = server.accept();
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }

  static void send(Socket to, String bytes) throws IOException {
    to.getOutputStream().write(bytes.getBytes(ISO_8859_1));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    server.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
