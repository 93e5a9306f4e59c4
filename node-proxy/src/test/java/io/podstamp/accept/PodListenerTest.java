package io.podstamp.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.podstamp.netns.PodSockets;
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
  private static final int PORT = 15901;

  private final EventLoopGroup loops = EventLoops.start(1);

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void open_kernelWithoutIpv6_listensInIpv4() throws IOException {
    try (PodListener listener =
        open(family -> family == Family.IPV6 ? null : PodSockets.bareHere(family))) {
      assertThat(listener.families()).containsExactly(Family.IPV4);
      assertThat(listener.isOpen()).isTrue();
    }
  }

  @Test
  void open_socketRefusedForAnotherReason_isAFailure() {
    List<io.netty.channel.unix.Socket> made = new ArrayList<>();
    assertThatThrownBy(
            () ->
                open(
                    family -> {
                      if (!made.isEmpty()) {
                        throw new IOException("no more");
                      }
                      made.add(PodSockets.bareHere(family));
                      return made.getFirst();
                    }))
        .hasMessage("no more");
    assertThat(made).singleElement().matches(first -> !first.isOpen(), "closed");
  }

  @Test
  void closeWhenTaken_whoWaitsIsServed() throws Exception {
    ListeningSockets alone = ListeningSockets.openAlone(PodSockets::bareHere, PORT);
    assertThat(alone).isNotNull();
    PodListener listener =
        PodListener.start(loops, alone, AcceptGate.of(Capacity.unlimited()), new Greeting());
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
    PodListener listener = open(PodSockets::bareHere);
    listener.closeWhenTaken();
    listener.closeWhenTaken();
    assertThat(listener.isOpen()).isFalse();
  }

  @Test
  void openAlone_portIsTaken_isNull() throws IOException {
    try (PodListener first = open(PodSockets::bareHere)) {
      assertThat(ListeningSockets.openAlone(PodSockets::bareHere, first.port())).isNull();
    }
  }

  @ChannelHandler.Sharable
  private static final class Greeting extends ChannelInboundHandlerAdapter {
    static final int WORD = 'a';

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(ctx.alloc().buffer().writeByte(WORD));
    }
  }

  private PodListener open(ListeningSockets.Maker maker) throws IOException {
    return PodListener.start(
        loops,
        ListeningSockets.open(maker, 0),
        AcceptGate.of(Capacity.unlimited()),
        new ChannelInboundHandlerAdapter());
  }
}
