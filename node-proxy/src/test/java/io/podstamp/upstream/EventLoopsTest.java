package io.podstamp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One Pod's listener, and on which event loops its connections come to live.
@Timeout(60)
class EventLoopsTest {
  private static final int LOOPS = 3;
  private static final int CONNECTIONS = 60;

  private final EventLoopGroup loops = EventLoops.start(LOOPS);
  private final List<Socket> clients = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void manyConnectionsOfOneListener_areSpreadOverAllLoops() throws IOException {
    Homes homes = new Homes();
    InetSocketAddress listener = listen(homes);
    for (int i = 0; i < CONNECTIONS; i++) {
      connect(listener);
    }

    await().until(() -> homes.ofChannel.size() == CONNECTIONS);
    List<Integer> each = homes.counts();
    assertThat(each).hasSize(LOOPS);
    assertThat(Collections.max(each) - Collections.min(each)).isLessThanOrEqualTo(1);
  }

  @Test
  void oneConnectionAfterTheOther_allStayWithTheListener() throws IOException {
    Homes homes = new Homes();
    InetSocketAddress listener = listen(homes);
    for (int i = 1; i <= CONNECTIONS; i++) {
      int so = i;
      connect(listener);
      await().until(() -> homes.ofChannel.size() == so);
      clients.removeLast().close();
      await().until(() -> homes.ofChannel.keySet().stream().noneMatch(Channel::isOpen));
    }

    assertThat(homes.counts()).containsExactly(CONNECTIONS);
  }

  private InetSocketAddress listen(Homes homes) {
    return (InetSocketAddress)
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(homes)
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel()
            .localAddress();
  }

  private void connect(InetSocketAddress listener) throws IOException {
    clients.add(new Socket(listener.getAddress(), listener.getPort()));
  }

  @Sharable
  private static final class Homes extends ChannelInboundHandlerAdapter {
    private final Map<Channel, EventLoop> ofChannel = new ConcurrentHashMap<>();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ofChannel.put(ctx.channel(), ctx.channel().eventLoop());
    }

    private List<Integer> counts() {
      return ofChannel.values().stream().distinct().map(this::count).toList();
    }

    private int count(EventLoop loop) {
      return Collections.frequency(ofChannel.values(), loop);
    }
  }
}
