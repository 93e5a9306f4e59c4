package io.podstamp.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Errors;
import io.podstamp.pod.Family;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PodListenerTest {
  private static final int EAFNOSUPPORT = -97;
  private static final int EMFILE = -24;

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
