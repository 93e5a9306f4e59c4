package io.podstamp.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Errors;
import io.podstamp.pod.Family;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PodListenerTest {
  private static final int EAFNOSUPPORT = -97;
  private static final int EMFILE = -24;
  private static final int PORT = 15901;

  private final EventLoopGroup loops = EventLoops.start(1);

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void open_kernelWithoutIpv6_listensInIpv4() throws IOException {
    try (PodListener listener = open(family -> refusing(family, EAFNOSUPPORT))) {
      assertThat(listener.families()).containsExactly(Family.IPV4);
      assertThat(listener.isOpen()).isTrue();
    }
  }

  @Test
  void open_socketRefusedForAnotherReason_isAFailure() {
    assertThatThrownBy(() -> open(family -> refusing(family, EMFILE)))
        .hasRootCauseInstanceOf(Errors.NativeIoException.class);
  }

  @Test
  void closeWhenTaken_whoWaitsIsServed() throws Exception {
    PodListener listener =
        PodListener.openAlone(
            loops,
            family -> new EpollServerSocketChannel(protocol(family)),
            PORT,
            AcceptGate.of(Capacity.unlimited()),
            new Greeting());
    assertThat(listener).isNotNull();
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    loops.execute(goOn::join);
    List<Socket> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        waiting.add(new Socket(InetAddress.ofLiteral("127.0.0.1"), PORT));
      }
      Thread closing = Thread.startVirtualThread(listener::closeWhenTaken);
      goOn.complete(null);
      for (Socket each : waiting) {
        each.setSoTimeout(10_000);
        assertThat(each.getInputStream().read()).isEqualTo(Greeting.WORD);
      }
      closing.join();
      assertThat(listener.isOpen()).isFalse();
    } finally {
      for (Socket each : waiting) {
        each.close();
      }
    }
  }

  /// An agent that was succeeded stops to listen, and lets go of the Pod later.
  @Test
  void closeWhenTaken_ofAListenerThatIsClosed_isNoFailure() throws IOException {
    PodListener listener = open(family -> new EpollServerSocketChannel(protocol(family)));
    listener.closeWhenTaken();
    listener.closeWhenTaken();
    assertThat(listener.isOpen()).isFalse();
  }

  @Test
  void openAlone_portIsTaken_isNull() throws IOException {
    try (PodListener first = open(family -> new EpollServerSocketChannel(protocol(family)))) {
      assertThat(
              PodListener.openAlone(
                  loops,
                  family -> new EpollServerSocketChannel(protocol(family)),
                  first.port(),
                  AcceptGate.of(Capacity.unlimited()),
                  new Greeting()))
          .isNull();
    }
  }

  private static SocketProtocolFamily protocol(Family family) {
    return family == Family.IPV4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }

  @ChannelHandler.Sharable
  private static final class Greeting extends ChannelInboundHandlerAdapter {
    static final int WORD = 'a';

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(ctx.alloc().buffer().writeByte(WORD));
    }
  }

  private PodListener open(PodListener.Sockets sockets) throws IOException {
    return PodListener.open(
        loops, sockets, 0, AcceptGate.of(Capacity.unlimited()), new ChannelInboundHandlerAdapter());
  }

  /// As it comes from Netty through the doorway, on a kernel booted with `ipv6.disable=1`.
  private static ServerChannel refusing(Family family, int errno) {
    if (family == Family.IPV6) {
      throw new IllegalStateException(
          new ChannelException(new Errors.NativeIoException("newSocketStream", errno)));
    }
    return new EpollServerSocketChannel(SocketProtocolFamily.INET);
  }
}
