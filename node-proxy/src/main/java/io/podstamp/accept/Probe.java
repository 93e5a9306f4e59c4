package io.podstamp.accept;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.podstamp.config.Destinations;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection made inside a Pod, as its application would make one, that shows whether rules,
/// lease, listener and the original destination work together. Nobody is disturbed by it:
///
/// - It dials an address that is nobody's, and a listener of ours answers instead of dialling on.
/// - Its socket is bound to the loopback device and address. If the redirect does not work, the SYN
///   goes round `lo` and is dropped there: loopback addresses talk to loopback addresses only. So
///   it neither leaves the Pod nor reaches a server in it (docs/DECISIONS.md).
///
/// IPv4 only: the kernel has no route over `lo` to a foreign IPv6 address. Set, lease and chain are
/// the same for both families.
public final class Probe {
  private static final Logger log = LoggerFactory.getLogger(Probe.class);
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /// Any of our agents may answer: during an upgrade two listen on one port.
  private static final String ANSWER = "podstamp\n";

  /// On loopback it takes less than a millisecond; a SYN that is dropped is sent again after one
  /// second.
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /// `asm-generic/socket.h`
  private static final int SOL_SOCKET = 1;

  private static final int SO_BINDTODEVICE = 25;
  private static final byte[] DEVICE = {'l', 'o', 0};

  private static final RawUnixChannelOption TO_DEVICE =
      new RawUnixChannelOption("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, DEVICE.length);

  /// What became of one.
  public enum Outcome {
    /// A listener of ours answered.
    CAPTURED,
    NOT_CAPTURED,
    /// Kernels before 5.7 let only those bind to a device who have NET_RAW.
    REFUSED
  }

  /// Makes an unconnected socket in the Pod, without a mark.
  public interface Sockets {
    SocketChannel open() throws IOException;
  }

  private Probe() {}

  /// Whether a connection is one.
  static boolean isIt(OriginalDestination to) {
    return to.address().getAddress().equals(Destinations.PROBE);
  }

  /// The listener's part.
  static void answer(Channel connection) {
    connection
        .writeAndFlush(Unpooled.copiedBuffer(ANSWER, StandardCharsets.US_ASCII))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /// Makes one, and waits: not for event loops.
  ///
  /// @param port one that is captured
  public static Outcome make(EventLoopGroup loops, Sockets sockets, int port) throws IOException {
    SocketChannel socket = sockets.open();
    try {
      socket.config().setOption(TO_DEVICE, ByteBuffer.wrap(DEVICE));
    } catch (ChannelException e) {
      log.debug("no probes: {}", e.getMessage());
      socket.unsafe().closeForcibly(); // no event loop has it yet
      return Outcome.REFUSED;
    }
    return hear(loops, socket, port).equals(ANSWER) ? Outcome.CAPTURED : Outcome.NOT_CAPTURED;
  }

  /// Dials, and gives back what the listener said to the end.
  private static String hear(EventLoopGroup loops, SocketChannel socket, int port)
      throws IOException {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try {
      new Bootstrap()
          .group(loops)
          .channelFactory(() -> socket)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(PATIENCE.toMillis()))
          .handler(new Listening(heard))
          .connect(
              new InetSocketAddress(Destinations.PROBE, port), new InetSocketAddress(LOOPBACK, 0))
          .addListener(
              connected -> {
                if (!connected.isSuccess()) {
                  heard.complete("");
                }
              });
      return heard.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return "";
    } catch (ExecutionException e) {
      throw new IOException("the probe failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a probe ran", e);
    } finally {
      socket.close();
    }
  }

  /// Hears the answer to its end.
  private static final class Listening extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<String> heard;
    private final StringBuilder text = new StringBuilder();

    Listening(CompletableFuture<String> heard) {
      this.heard = heard;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ByteBuf bytes = (ByteBuf) msg;
      text.append(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
      if (text.length() >= ANSWER.length()) {
        ctx.close(); // somebody who has more to say is nobody of ours
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      heard.complete(text.toString());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
