package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.podstamp.metrics.RareLog;
import io.podstamp.pipeline.HeldBytes;
import io.podstamp.pod.Family;
import io.podstamp.upstream.OriginalDestination;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Alone in the pipeline of a new connection: holds what comes until the `Host` of the first
/// request is there and resolved, lets the connection proceed, hands over what it held, and leaves.
///
/// ```
///   READING ──Host──► RESOLVING ──addresses──► gone
///      │                  └──no such name────► REFUSED: 502, and the end
///      └──no Host to read──► gone, to the original destination
/// ```
///
/// No time-out exists: who sends nothing waits for ever, as does a client of a server that speaks
/// first.
final class HostHandler extends ChannelInboundHandlerAdapter {
  private enum State {
    READING,
    RESOLVING,
    REFUSED
  }

  private static final RareLog WARNINGS =
      new RareLog(LoggerFactory.getLogger(HostHandler.class), Level.WARN);
  private static final int REFUSAL_LINGER_S = 2;

  private final HostRouting.Names names;
  private final OriginalDestination original;
  private final InetAddress source;
  private final Routing.Onward onward;
  private final HeldBytes held = new HeldBytes();
  private State state = State.READING;
  private boolean sawEnd;

  HostHandler(
      HostRouting.Names names,
      OriginalDestination original,
      InetAddress source,
      Routing.Onward onward) {
    this.names = names;
    this.original = original;
    this.source = source;
    this.onward = onward;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (state == State.REFUSED) {
      ReferenceCountUtil.release(msg);
      return;
    }
    ByteBuf all = held.joinedWith(ctx, (ByteBuf) msg);
    held.hold(all);
    if (state == State.RESOLVING) {
      return;
    }
    HostField host = HostField.read(all);
    String name = host.name();
    if (name != null) {
      resolve(ctx, name);
    } else if (host.isDecided()) {
      proceed(ctx, original, source);
    }
  }

  private void resolve(ChannelHandlerContext ctx, String name) {
    state = State.RESOLVING;
    ctx.channel().config().setAutoRead(false);
    names
        .resolve(name)
        .addListener(
            (Future<List<InetAddress>> resolved) ->
                ctx.executor().execute(() -> onResolved(ctx, name, resolved)));
  }

  private void onResolved(
      ChannelHandlerContext ctx, String name, Future<List<InetAddress>> resolved) {
    if (ctx.isRemoved()) {
      return;
    }
    ctx.channel().config().setAutoRead(true);
    if (resolved.isSuccess()) {
      dial(ctx, resolved.getNow());
    } else {
      refuse(ctx, name, String.valueOf(resolved.cause().getMessage()));
    }
  }

  /// In the family that the application used where there is a choice.
  private void dial(ChannelHandlerContext ctx, List<InetAddress> addresses) {
    Family used = Family.of(source);
    InetAddress address =
        addresses.stream()
            .filter(candidate -> Family.of(candidate) == used)
            .findFirst()
            .orElse(addresses.getFirst());
    InetAddress from =
        Family.of(address) == used
            ? source
            : InetAddress.ofLiteral(used == Family.IPV4 ? "::" : "0.0.0.0");
    InetSocketAddress to = new InetSocketAddress(address, original.address().getPort());
    proceed(ctx, new OriginalDestination(to), from);
  }

  private void proceed(ChannelHandlerContext ctx, OriginalDestination to, InetAddress from) {
    onward.proceed((SocketChannel) ctx.channel(), to, from);
    ByteBuf first = held.take();
    if (first != null) {
      ctx.fireChannelRead(first);
      ctx.fireChannelReadComplete();
    }
    if (sawEnd) {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
    ctx.pipeline().remove(this);
  }

  /// Closing at once, on bytes that the application sent meanwhile, would reset it before it reads.
  private void refuse(ChannelHandlerContext ctx, String name, String why) {
    state = State.REFUSED;
    WARNINGS.log("host: {} cannot be resolved: {}", name, why);
    String body = "podstamp: " + name + " cannot be resolved: " + why + "\n";
    byte[] text = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + text.length
            + "\r\nConnection: close\r\n\r\n";
    ByteBuf answer = ctx.alloc().buffer();
    answer.writeCharSequence(head, StandardCharsets.US_ASCII);
    SocketChannel connection = (SocketChannel) ctx.channel();
    ctx.writeAndFlush(answer.writeBytes(text)).addListener(_ -> connection.shutdownOutput());
    if (sawEnd) {
      ctx.close();
    } else {
      ctx.executor().schedule(() -> ctx.close(), REFUSAL_LINGER_S, TimeUnit.SECONDS);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      sawEnd = true;
      switch (state) {
        case READING -> {
          if (held.isEmpty()) {
            ctx.close();
          } else {
            proceed(ctx, original, source);
          }
        }
        case RESOLVING -> {
          // Told with the rest.
        }
        case REFUSED -> ctx.close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.release();
  }
}
