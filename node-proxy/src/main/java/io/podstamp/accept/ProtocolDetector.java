package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.config.Profile;
import io.podstamp.h2.Http2Stamper;
import io.podstamp.metrics.Protocol;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.stamp.Http1Stamper;
import io.podstamp.stamp.Refusal;
import io.podstamp.stamp.ResponseWatch;
import io.podstamp.stamp.Stamp;
import io.podstamp.stamp.TripwireHandler;
import io.podstamp.upstream.HeldBytes;
import org.jspecify.annotations.Nullable;

/// Finds out what an application speaks from the first bytes of either side, and gives its place to
/// the handler for that: the stamper, the tripwire, or none. Server bytes flow meanwhile.
///
/// No time-out exists: a first line that is not whole yet waits for the rest, or for a server that
/// speaks first.
public final class ProtocolDetector extends ChannelDuplexHandler {
  private static final int LONGEST_TEXT_LINE = 8 << 10;

  private final CapturedPod pod;
  private final Tally tally;
  private final ResponseWatch server = new ResponseWatch();
  private final HeldBytes held = new HeldBytes();
  private boolean refused;

  /// In profile strict, while a binary protocol passes whose first line has not ended.
  private @Nullable HttpLook look;

  public ProtocolDetector(CapturedPod pod, Tally tally) {
    this.pod = pod;
    this.tally = tally;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    if (refused) {
      in.release();
      return;
    }
    if (look != null) {
      passWhileItLooksLikeNoRequest(ctx, in, look);
      return;
    }
    switch (Opening.of(in, in.readerIndex(), in.writerIndex())) {
      case INCOMPLETE -> held.hold(in);
      case HTTP1 -> {
        tally.speaks(Protocol.HTTP1);
        giveWayTo(new Http1Stamper(pod::stamp, pod.profile(), tally, server), ctx, in);
      }
      case TLS -> {
        tally.speaks(Protocol.TLS);
        String name = ClientHello.serverName(in);
        if (name != null) {
          tally.serverName(name);
        }
        Stamp stamp = pod.stamp();
        passRaw(
            stamp, TripwireHandler.untilServerSpeaksTls(stamp, server, tally), Reason.TLS, ctx, in);
      }
      case HTTP2 -> {
        tally.speaks(Protocol.HTTP2);
        giveWayTo(new Http2Stamper(pod::stamp, pod.profile(), tally, server), ctx, in);
      }
      case OTHER_PROTOCOL -> {
        tally.unstamped(Reason.NOT_HTTP);
        giveWayTo(null, ctx, in);
      }
      case UNKNOWN -> onUnknown(ctx, in, Reason.ODD_START, false);
      case TOO_LARGE -> onUnknown(ctx, in, Reason.HEAD_TOO_LARGE, false);
    }
  }

  /// @param isAll whether nothing comes after these bytes
  private void onUnknown(ChannelHandlerContext ctx, ByteBuf in, Reason ifHttp, boolean isAll) {
    HttpLook line = new HttpLook();
    int sign = line.read(in, in.readerIndex(), in.writerIndex());
    Reason reason = sign >= 0 ? ifHttp : Reason.NOT_HTTP;
    if (pod.profile() == Profile.TRANSPARENT) {
      passGuarded(reason, ctx, in);
    } else if (sign >= 0 && !line.isBinary()) {
      refuse(ctx, in, reason);
    } else if (sign < 0 && (line.isDecided() || isAll)) {
      passGuarded(reason, ctx, in);
    } else if (line.isBinary()) {
      look = new HttpLook();
      tally.unstamped(Reason.NOT_HTTP);
      Stamp stamp = pod.stamp();
      if (stamp.guardsNames()) {
        ctx.pipeline().addBefore(ctx.name(), null, TripwireHandler.lasting(stamp, server, tally));
      }
      ctx.pipeline().fireChannelRead(in);
    } else if (in.readableBytes() < LONGEST_TEXT_LINE) {
      held.hold(in);
    } else {
      refuse(ctx, in, Reason.HEAD_TOO_LARGE);
    }
  }

  private void passWhileItLooksLikeNoRequest(ChannelHandlerContext ctx, ByteBuf in, HttpLook line) {
    int sign = line.read(in, in.readerIndex(), in.writerIndex());
    if (sign < 0) {
      ctx.fireChannelRead(in);
      if (line.isDecided()) {
        ctx.pipeline().remove(this);
      }
      return;
    }
    refused = true;
    tally.refused(Reason.ODD_START);
    ctx.fireChannelRead(in.readRetainedSlice(sign - in.readerIndex()));
    in.release();
    // A part of it is with the server: an answer of ours could come too late.
    Refusal.refuse(ctx, Reason.ODD_START, true);
  }

  private void passGuarded(Reason reason, ChannelHandlerContext ctx, ByteBuf in) {
    Stamp stamp = pod.stamp();
    passRaw(stamp, TripwireHandler.lasting(stamp, server, tally), reason, ctx, in);
  }

  private void passRaw(
      Stamp stamp, TripwireHandler tripwire, Reason reason, ChannelHandlerContext ctx, ByteBuf in) {
    tally.unstamped(reason);
    giveWayTo(stamp.guardsNames() ? tripwire : null, ctx, in);
  }

  private void giveWayTo(@Nullable ChannelHandler next, ChannelHandlerContext ctx, ByteBuf in) {
    if (next == null) {
      ctx.pipeline().remove(this);
    } else {
      ctx.pipeline().replace(this, null, next);
    }
    ctx.fireChannelRead(in);
  }

  private void refuse(ChannelHandlerContext ctx, ByteBuf in, Reason reason) {
    refused = true;
    tally.refused(reason);
    Refusal.refuse(ctx, reason, server.spoke());
    in.release();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    server.read((ByteBuf) msg);
    ctx.write(msg, promise);
    if (server.beginning() == ResponseWatch.Beginning.OTHER && look == null && !refused) {
      onServerFirst(ctx);
    }
  }

  /// No server of HTTP/1 speaks before its client does, and one of HTTP/2 only as it must.
  private void onServerFirst(ChannelHandlerContext ctx) {
    tally.unstamped(Reason.SERVER_FIRST);
    ByteBuf rest = held.take();
    ctx.pipeline().remove(this);
    if (rest != null) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    }
  }

  /// A first line that never became whole is no request: it goes as it came.
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ByteBuf rest = event instanceof ChannelInputShutdownEvent ? held.take() : null;
    if (rest != null) {
      onUnknown(ctx, rest, Reason.ODD_START, true);
      ctx.fireChannelReadComplete();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.release();
  }
}
