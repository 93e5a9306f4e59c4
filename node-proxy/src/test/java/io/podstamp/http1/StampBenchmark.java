package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.podstamp.config.Profile;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.pipeline.Succession;
import io.podstamp.stamp.Stamp;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What our own code costs a request: a browser's GET of 12 header lines, on a live connection.
/// `scripts/jmh.sh` runs it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StampBenchmark {
  private static final String GET =
      """
      GET /shop/orders?page=2&sort=date HTTP/1.1
      Host: orders.example.com
      Connection: keep-alive
      Cache-Control: max-age=0
      User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36
      Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
      Accept-Encoding: gzip, deflate, br
      Accept-Language: en-GB,en;q=0.9,de;q=0.8
      Referer: https://orders.example.com/shop/orders
      Cookie: session=0f9a6c1f2b8e4d0c9b7e5a3d1f8c6b4a; theme=dark; consent=yes
      If-None-Match: "5f3e-1c2b3a4d5e6f"
      X-Request-Id: 3c9e1f5a-7b2d-4e8c-9a6f-1d2c3b4a5e6f
      X-Forwarded-For: 203.0.113.9

      """
          .replace("\n", "\r\n");

  private static final String ANSWER =
      """
      HTTP/1.1 200 OK
      Server: nginx/1.28.0
      Date: Mon, 30 Nov 2026 15:00:00 GMT
      Content-Type: application/json; charset=utf-8
      Content-Length: 27
      Connection: keep-alive
      Cache-Control: no-store
      Vary: Accept-Encoding
      X-Request-Id: 3c9e1f5a-7b2d-4e8c-9a6f-1d2c3b4a5e6f

      {"order":1234,"open":false}"""
          .replace("\n", "\r\n");

  private final ByteBuf request =
      ByteBufAllocator.DEFAULT.directBuffer().writeBytes(GET.getBytes(StandardCharsets.US_ASCII));
  private final Stamp stamp = Stamp.render(Wire.RULES, Wire.POD);
  private final ByteBuf answer =
      ByteBufAllocator.DEFAULT
          .directBuffer()
          .writeBytes(ANSWER.getBytes(StandardCharsets.US_ASCII));
  private final AnswerFraming framing = new AnswerFraming();
  private final RequestHead head = new RequestHead();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new Http1Stamper(
              () -> stamp,
              Profile.TRANSPARENT,
              new NodeMetrics().meter().accepted(new InetSocketAddress(0)),
              new ResponseWatch(),
              new NoSuccession(),
              0,
              false,
              null),
          new Server());
  private final ChannelPipeline pipeline = channel.pipeline();

  /// Of requests that are certain nothing follows.
  private static final class NoSuccession implements Succession {
    @Override
    public void watched(
        ChannelHandlerContext ctx, boolean mayBeHttp1, ByteBuf passed, @Nullable Trail before) {
      throw new IllegalStateException("the request is certain");
    }

    @Override
    public void tunnel(ChannelHandlerContext ctx, boolean outOfStep, @Nullable Trail before) {
      throw new IllegalStateException("the request is certain");
    }

    @Override
    public void http2BehindHttp1(ChannelHandlerContext ctx, ByteBuf passed) {
      throw new IllegalStateException("the request is certain");
    }

    @Override
    public void leave(ChannelHandlerContext ctx) {
      throw new IllegalStateException("the request is certain");
    }
  }

  /// Threads like those of event loops, for which Netty keeps what it uses again.
  public static final class NettyThreads extends ThreadPoolExecutor {
    public NettyThreads(int threads, String name) {
      super(
          threads,
          threads,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> new FastThreadLocalThread(task, name));
    }
  }

  /// Where the relay would be.
  private static final class Server extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ((ByteBuf) msg).release();
    }
  }

  /// Reads a head.
  @Benchmark
  public RequestHead.Progress scan() {
    head.reset();
    return head.read(request, stamp);
  }

  /// Reads a head and passes it on stamped.
  @Benchmark
  public void stamp() {
    pipeline.fireChannelRead(request.readerIndex(0).retain());
  }

  /// Follows an answer of 9 header lines to its end.
  @Benchmark
  public boolean answer() {
    framing.asked(AnswerFraming.Asked.ORDINARY);
    framing.read(answer);
    return framing.isAtRest();
  }

  @TearDown
  public void close() {
    if (!answer()) {
      throw new IllegalStateException("the answer was not followed");
    }
    channel.close();
    request.release();
    answer.release();
  }
}
