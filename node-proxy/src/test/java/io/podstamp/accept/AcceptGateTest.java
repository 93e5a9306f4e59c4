package io.podstamp.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.netns.PodSockets;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Connections of a Pod on loopback, which are held by nobody but the gate.
@Timeout(60)
class AcceptGateTest {
  private final EventLoopGroup loops = EventLoops.start(2);
  private final Capacity node = Capacity.unlimited();
  private final Pod limits = new Pod();
  private final AcceptGate gate = new AcceptGate(node, limits);
  private final Held held = new Held();
  private final Deque<Socket> clients = new ArrayDeque<>();

  @AfterEach
  void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void podAtItsLimit_theRestWait_oneEnds_theNextOneComes() throws IOException {
    limits.connections = 3;
    try (PodListener listener = listen()) {
      connect(listener, 5);
      await().until(() -> held.now.get() == 3 && gate.isClosed());
      assertThat(gate.reason()).contains("all the 3 connections");

      for (int ended = 1; ended <= 2; ended++) {
        clients.removeFirst().close();
        int accepted = 3 + ended;
        await().until(() -> held.ever.get() == accepted);
      }
      clients.removeFirst().close();
      await().until(() -> !gate.isClosed());
      assertThat(held.most.get()).isEqualTo(3);
      assertThat(held.refused(clients)).isZero();
    }
  }

  @Test
  void onePodAtItsLimit_anotherIsServed() throws IOException {
    limits.connections = 1;
    AcceptGate other = AcceptGate.of(node);
    Held others = new Held();
    try (PodListener listener = listen();
        PodListener free = listen(other, others)) {
      connect(listener, 3);
      await().until(gate::isClosed);
      connect(free, 20);
      await().until(() -> others.now.get() == 20);
      assertThat(held.ever.get()).isEqualTo(1);
    }
  }

  @Test
  void processFull_everybodyWaits_andIsToldOnce_roomAgain_everybodyComesIn() throws IOException {
    AtomicInteger alarms = new AtomicInteger();
    node.onFull(alarms::incrementAndGet);
    node.limit(2);
    AcceptGate other = AcceptGate.of(node);
    Held others = new Held();
    try (PodListener listener = listen();
        PodListener second = listen(other, others)) {
      connect(listener, 2);
      await().until(() -> gate.isClosed() && held.now.get() == 2);
      connect(second, 2);
      // The gate that was not asked yet lets one in, on which the descriptors in reserve go.
      await().until(other::isClosed);
      assertThat(others.ever.get()).isLessThanOrEqualTo(1);
      assertThat(alarms.get()).isEqualTo(1);

      node.limit(10);

      await().until(() -> others.now.get() == 2);
      assertThat(gate.isClosed()).isFalse();
    }
  }

  @Test
  void buffersFull_newOnesWait_drained_theyComeIn() throws IOException {
    try (PodListener listener = listen()) {
      limits.brimful = true;
      gate.lookAtBuffers();
      connect(listener, 2);
      assertThat(gate.reason()).contains("buffered");
      limits.brimful = false;
      // The gate was closed from outside of the event loop, which may have been about to accept.
      assertThat(held.ever.get()).isLessThanOrEqualTo(1);
      gate.lookAtBuffers();
      await().until(() -> held.now.get() == 2);
    }
  }

  private PodListener listen() throws IOException {
    return listen(gate, held);
  }

  private PodListener listen(AcceptGate with, Held connections) throws IOException {
    return PodListener.start(
        loops, ListeningSockets.open(PodSockets::bareHere, 0), with, connections);
  }

  private void connect(PodListener listener, int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      clients.add(new Socket(InetAddress.ofLiteral("127.0.0.1"), listener.port()));
    }
  }

  private static final class Pod implements AcceptGate.Limits {
    volatile int connections = Integer.MAX_VALUE;
    volatile boolean brimful;

    @Override
    public int connections() {
      return connections;
    }

    @Override
    public boolean isBufferedToTheBrim() {
      return brimful;
    }
  }

  /// Accepted connections.
  @io.netty.channel.ChannelHandler.Sharable
  private static final class Held extends ChannelInboundHandlerAdapter {
    final AtomicInteger now = new AtomicInteger();
    final AtomicInteger ever = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ever.incrementAndGet();
      int there = now.incrementAndGet();
      most.accumulateAndGet(there, Math::max);
    }

    /// The end of input, with half-closure allowed. Once the channel is closed the next one may
    /// come, on another event loop.
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        now.decrementAndGet();
        ctx.close();
      }
    }

    /// How many of these clients were closed or reset from here.
    long refused(Deque<Socket> clients) {
      return clients.stream()
          .filter(
              client -> {
                try {
                  return client.getInputStream().available() < 0;
                } catch (IOException reset) {
                  return true;
                }
              })
          .count();
    }
  }
}
