package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.config.Profile;
import io.podstamp.guard.Refusal;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.guard.Tripwire;
import io.podstamp.guard.Watch;
import io.podstamp.http1.LineAhead;
import io.podstamp.metrics.Protocol;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.HeldBytes;
import io.podstamp.proxyprotocol.SentHeader;
import io.podstamp.sniff.ClientHello;
import io.podstamp.sniff.HttpLook;
import io.podstamp.sniff.Opening;
import org.jspecify.annotations.Nullable;

/// Finds out what an application speaks from the first bytes of either side, and gives its place to
/// the handler for that: the stamper, the tripwire, or none. Server bytes flow meanwhile.
///
/// A first line that is not whole is judged when it is, however long that takes; its bytes leave
/// meanwhile ([LineAhead]). In profile strict text that is no request may become one as long as its
/// first line lasts: it leaves after the same time, and ends where it begins to look like one.
final class ProtocolDetector extends ChannelDuplexHandler {
  private static final int LONGEST_TEXT_LINE = 8 << 10;

  private final CapturedPod pod;
  private final Tally tally;
  private final ResponseWatch server;
  private final Stages stages;
  private final HeldBytes held = new HeldBytes();
  private final LineAhead ahead;
  private boolean refused;
  private boolean sawProxyHeader;

  /// Whether bytes before these may be a request to some server.
  private boolean outOfStep;

  /// What has looked at them.
  private @Nullable Tripwire before;

  /// In profile strict, while a protocol passes whose first line has not ended.
  private @Nullable HttpLook look;

  /// @param server what the server has said so far
  /// @param outOfStep whether bytes before may be a request to some server
  /// @param before has looked at those; null if nothing has
  ProtocolDetector(
      CapturedPod pod,
      Tally tally,
      ResponseWatch server,
      Stages stages,
      boolean outOfStep,
      @Nullable Tripwire before) {
    this.pod = pod;
    this.tally = tally;
    this.server = server;
    this.stages = stages;
    this.outOfStep = outOfStep;
    this.before = before;
    this.ahead = new LineAhead(pod.profile(), server.dialogue());
    ahead.continueFrom(before);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    ahead.stopWaiting();
    if (refused) {
      in.release();
      return;
    }
    if (look != null) {
      passWhileItLooksLikeNoRequest(ctx, in, look);
      return;
    }
    if (!sawProxyHeader && readProxyHeader(ctx, in)) {
      return;
    }
    switch (Opening.of(in, in.readerIndex(), in.writerIndex())) {
      case INCOMPLETE -> holdLine(ctx, in);
      case HTTP1 -> {
        tally.speaks(Protocol.HTTP1);
        stages.http1(ctx, ahead.passed(), outOfStep, before);
        ctx.fireChannelRead(in);
      }
      case TLS -> {
        tally.speaks(Protocol.TLS);
        String name = ClientHello.serverName(in);
        if (name != null) {
          tally.serverName(name);
        }
        pass(ctx, in, Reason.TLS, Watch.HELLO);
      }
      case HTTP2 -> {
        stages.http2(ctx, passed(in));
        ctx.fireChannelRead(in);
      }
      case UNKNOWN -> onUnknown(ctx, in, Reason.ODD_START, false);
      case TOO_LARGE -> onUnknown(ctx, in, Reason.HEAD_TOO_LARGE, false);
    }
  }

  /// Passes a header of the PROXY protocol; what follows it is a connection's beginning.
  ///
  /// @return whether these bytes are taken care of
  private boolean readProxyHeader(ChannelHandlerContext ctx, ByteBuf in) {
    int length = SentHeader.length(in, in.readerIndex(), in.writerIndex());
    if (length == SentHeader.INCOMPLETE) {
      holdLine(ctx, in);
      return true;
    }
    sawProxyHeader = true;
    if (length == 0 || mayHoldRequest(in, length)) {
      return false;
    }
    outOfStep = true; // not for a receiver that expects the header
    int left = length - passed(in).readableBytes();
    ctx.fireChannelRead(in.readRetainedSlice(left));
    ahead.reset();
    ahead.continueFrom(before);
    server.dialogue().forgetClient();
    if (!in.isReadable()) {
      in.release();
      return true;
    }
    return false;
  }

  /// A server that expects no such header may find lines in it, and the last of them may go on
  /// behind it.
  private boolean mayHoldRequest(ByteBuf in, int length) {
    Watch watch = pod.profile() == Profile.STRICT ? Watch.NAMES_AND_REQUEST_LINES : Watch.NAMES;
    Tripwire tripwire = new Tripwire(pod.stamp().guarded(), watch);
    if (before != null) {
      tripwire.continueFrom(before, true);
    }
    int from = in.readerIndex();
    boolean holds = tripwire.find(in, from, from + length) >= 0 || tripwire.mayEndInName();
    if (!holds) {
      before = tripwire;
    }
    return holds;
  }

  /// Holds a line that is not whole. What may leave of it leaves.
  private void holdLine(ChannelHandlerContext ctx, ByteBuf in) {
    held.hold(in);
    ahead.passEarly(ctx, in, in.writerIndex(), pod.stamp().guarded(), () -> onWaited(ctx));
  }

  private void onWaited(ChannelHandlerContext ctx) {
    ByteBuf in = held.peek();
    if (in == null || ctx.isRemoved()) {
      return;
    }
    ahead.passLate(ctx, in, latestEnd(in), pod.stamp().guarded());
  }

  /// In profile strict nothing leaves that ends a request line for some server.
  private int latestEnd(ByteBuf in) {
    HttpLook line = new HttpLook();
    int sign = line.read(in, in.readerIndex(), in.writerIndex());
    if (pod.profile() == Profile.TRANSPARENT || sign < 0) {
      return in.writerIndex();
    }
    return line.isBinary() ? sign : LineAhead.asciiEnd(in, in.writerIndex());
  }

  /// Takes off what has left already.
  private ByteBuf passed(ByteBuf in) {
    return in.readSlice(ahead.passed());
  }

  /// @param isAll whether nothing comes after these bytes
  private void onUnknown(ChannelHandlerContext ctx, ByteBuf in, Reason ifHttp, boolean isAll) {
    HttpLook line = new HttpLook();
    int sign = line.read(in, in.readerIndex(), in.writerIndex());
    Reason reason = sign >= 0 ? ifHttp : Reason.NOT_HTTP;
    if (pod.profile() == Profile.TRANSPARENT) {
      pass(ctx, in, reason, Watch.REQUESTS);
    } else if (sign >= 0 && !line.isBinary()) {
      refuse(ctx, in, reason);
    } else if (sign < 0 && (line.isDecided() || isAll)) {
      pass(ctx, in, reason, line.isBinary() ? Watch.REQUESTS : Watch.HEADS);
    } else if (line.isBinary()) {
      passAndLook(ctx, in, Watch.REQUESTS);
    } else if (in.readableBytes() < LONGEST_TEXT_LINE) {
      held.hold(in);
      ahead.await(ctx, () -> onQuietText(ctx));
    } else {
      refuse(ctx, in, Reason.HEAD_TOO_LARGE);
    }
  }

  private void onQuietText(ChannelHandlerContext ctx) {
    ByteBuf rest = held.take();
    if (rest != null) {
      passAndLook(ctx, rest, Watch.HEADS);
      ctx.fireChannelReadComplete();
    }
  }

  private void passAndLook(ChannelHandlerContext ctx, ByteBuf in, Watch strict) {
    ByteBuf passed = passed(in);
    HttpLook line = new HttpLook();
    line.read(passed, passed.readerIndex(), passed.writerIndex());
    look = line;
    tally.unstamped(Reason.NOT_HTTP);
    stages.openedBefore(ctx, strict, passed, before);
    ctx.pipeline().fireChannelRead(in);
  }

  private void passWhileItLooksLikeNoRequest(ChannelHandlerContext ctx, ByteBuf in, HttpLook line) {
    int sign = line.read(in, in.readerIndex(), in.writerIndex());
    if (sign < 0) {
      ctx.fireChannelRead(in);
      if (line.isDecided()) {
        stages.leave(ctx);
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

  private void pass(ChannelHandlerContext ctx, ByteBuf in, Reason reason, Watch strict) {
    tally.unstamped(reason);
    boolean mayBeHttp1 = reason == Reason.ODD_START || reason == Reason.HEAD_TOO_LARGE;
    stages.opened(ctx, strict, mayBeHttp1, passed(in), before);
    ctx.fireChannelRead(in);
  }

  private void refuse(ChannelHandlerContext ctx, ByteBuf in, Reason reason) {
    refused = true;
    tally.refused(reason);
    Refusal.refuse(ctx, reason, server.spoke() || ahead.passed() > 0);
    in.release();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) msg;
    stages.onServerFirst(bytes);
    ctx.write(bytes, promise);
    if (refused) {
      return;
    }
    if (look != null) {
      if (server.dialogue().isProven()) {
        stages.leave(ctx);
      }
    } else if (server.beginning() == ResponseWatch.Beginning.OTHER) {
      onServerFirst(ctx);
    }
  }

  /// No server of HTTP/1 speaks before its client does, and one of HTTP/2 only as it must. What it
  /// says may prove what it speaks; if not, what the client says is watched.
  private void onServerFirst(ChannelHandlerContext ctx) {
    ahead.stopWaiting();
    ByteBuf rest = held.take();
    boolean proven = server.dialogue().isProven();
    if (rest != null && ahead.passed() > 0 && !proven) {
      // An answer to what has left already, so that nothing of it is a certain request.
      onUnknown(ctx, rest, Reason.ODD_START, true);
      ctx.fireChannelReadComplete();
      return;
    }
    tally.unstamped(ahead.passed() > 0 ? Reason.NOT_HTTP : Reason.SERVER_FIRST);
    ByteBuf passed = rest == null ? Unpooled.EMPTY_BUFFER : passed(rest);
    if (proven) {
      stages.leave(ctx);
    } else {
      stages.opened(ctx, Watch.REQUESTS, false, passed, before);
    }
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
      ahead.stopWaiting();
      onUnknown(ctx, rest, Reason.ODD_START, true);
      ctx.fireChannelReadComplete();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ahead.stopWaiting();
    held.release();
  }
}
