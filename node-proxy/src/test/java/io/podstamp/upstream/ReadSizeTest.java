package io.podstamp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadSizeTest {
  private final ReadSize size = new ReadSize();

  @Test
  void fullReads_grow_toTheMostThatNeedsNoRoom() {
    assertThat(size.bytes()).isEqualTo(2 << 10);
    size.brought(2 << 10);
    assertThat(size.bytes()).isEqualTo(16 << 10);
    size.brought(16 << 10);
    assertThat(size.bytes()).isEqualTo(64 << 10);
    size.brought(64 << 10);
    assertThat(size.bytes()).isEqualTo(64 << 10);
  }

  @Test
  void littleOnce_staysAsItIs() {
    size.brought(2 << 10);
    size.brought(100);
    size.brought(10 << 10);
    size.brought(100);
    assertThat(size.bytes()).isEqualTo(16 << 10);
  }

  @Test
  void littleTwice_isHalved_downToTheLeast() {
    size.brought(2 << 10);
    size.brought(100);
    size.brought(100);
    assertThat(size.bytes()).isEqualTo(8 << 10);
    for (int i = 0; i < 20; i++) {
      size.brought(100);
    }
    assertThat(size.bytes()).isEqualTo(2 << 10);
  }

  /// A receiver of whose bytes nobody reads any, until its kernel has no room.
  @Test
  void fullReads_grow_whileTheReceiverHasRoom() throws Exception {
    EventLoopGroup loops = EventLoops.start(1);
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel receiver =
          new Bootstrap()
              .group(loops)
              .channel(EpollSocketChannel.class)
              .option(ChannelOption.SO_SNDBUF, 128 << 10) // the kernel doubles it
              .handler(new ChannelInboundHandlerAdapter())
              .connect(listener.getLocalSocketAddress())
              .sync()
              .channel();
      try (Socket reader = listener.accept()) {
        size.fit(receiver, Long.MAX_VALUE);
        assertThat(size.bytes()).isEqualTo(2 << 10);
        for (int i = 0; i < 4; i++) {
          size.brought(size.bytes());
        }
        size.fit(receiver, Long.MAX_VALUE);
        assertThat(size.bytes()).isEqualTo(128 << 10);
        size.fit(receiver, 100_000);
        assertThat(size.bytes()).isEqualTo(100_000);
        size.fit(receiver, 100);
        assertThat(size.bytes()).isEqualTo(64 << 10);

        receiver
            .writeAndFlush(Unpooled.directBuffer().writeZero(64 << 20))
            .await(1, TimeUnit.SECONDS);
        size.fit(receiver, Long.MAX_VALUE);
        assertThat(size.bytes()).isEqualTo(64 << 10);
        assertThat(reader.getInputStream().read()).isZero();
      }
      receiver.close().sync();
      size.fit(receiver, Long.MAX_VALUE);
      assertThat(size.bytes()).isEqualTo(64 << 10);
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
