package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.podstamp.config.Profile;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.stamp.ResponseWatch;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Abort;
import io.podstamp.upstream.HeldBytes;
import java.util.function.Supplier;

/// Stamps the requests of one connection that began with the preface of HTTP/2; in the
/// application's pipeline, before the relay.
///
/// ```
///   PASSING ──end of preface or frame──► FRAME ──HEADERS, whole──► stamped, FRAME …
///      ▲                                  │ └──broken──► provocation, DROPPING
///      └──────────any other frame─────────┘
/// ```
///
/// Until the server shows that it speaks HTTP/2, [ServerProof] guards what passes. The frames of a
/// header block wait for the last of them; nothing else does. Of a block that cannot be read
/// nothing passes: the server gets frames of ours that it judges alike, and nothing after them.
public final class Http2Stamper extends ChannelDuplexHandler {
  private static final int PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length();

  private enum State {
    PASSING,
    FRAME,
    /// A header block too large to be held: its bytes pass as zeros.
    BLANKING,
    DROPPING
  }

  private final Supplier<Stamp> stamps;
  private final Profile profile;
  private final Tally tally;
  private final ServerProof proof;
  private final HeaderFrames frames = new HeaderFrames();
  private final BlockStamper blocks = new BlockStamper();
  private final Outgoing outgoing = new Outgoing();
  private final HeldBytes held = new HeldBytes();

  private State state = State.PASSING;
  private int remaining = PREFACE;
  private int highestStream;
  private boolean ended;

  /// @param stamps asked once per request
  /// @param server what the server has said so far
  public Http2Stamper(Supplier<Stamp> stamps, Profile profile, Tally tally, ResponseWatch server) {
    this.stamps = stamps;
    this.profile = profile;
    this.tally = tally;
    this.proof = new ServerProof(profile, server);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    proof.begin(ctx, stamps.get(), tally);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = held.joinedWith(ctx, (ByteBuf) msg);
    if (proof.isRefuted() && (state == State.PASSING || state == State.FRAME)) {
      leave(ctx, in);
      return;
    }
    readFrames(ctx, in);
    outgoing.flush(ctx);
  }

  private void readFrames(ChannelHandlerContext ctx, ByteBuf in) {
    while (in.isReadable()) {
      if (!ended && held.stall(ctx, in)) {
        return;
      }
      boolean goOn =
          switch (state) {
            case PASSING -> pass(ctx, in);
            case FRAME -> proof.isAwaited() ? awaitProof(ctx, in) : readFrame(ctx, in);
            case BLANKING -> blank(ctx, in);
            case DROPPING -> drop(in);
          };
      if (!goOn) {
        return;
      }
    }
    in.release();
  }

  /// The relay reads the application again.
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (held.isStalled()) {
      goOnWithHeld(ctx);
    }
    if (!held.isStalled()) {
      ctx.read();
    }
  }

  /// What was waited for has come: bytes that were held are read.
  private void goOnWithHeld(ChannelHandlerContext ctx) {
    ByteBuf rest = held.take(ctx);
    if (rest != null) {
      channelRead(ctx, rest);
      ctx.fireChannelReadComplete();
    }
  }

  /// @return whether to go on with what is left of the buffer; if not, it is taken care of
  private boolean pass(ChannelHandlerContext ctx, ByteBuf in) {
    int length = Math.min(remaining, in.readableBytes());
    advance(length, State.FRAME);
    return outgoing.pass(ctx, in, length);
  }

  private void advance(int length, State next) {
    remaining -= length;
    if (remaining == 0) {
      state = next;
    }
  }

  private boolean awaitProof(ChannelHandlerContext ctx, ByteBuf in) {
    held.hold(ctx, in, HeaderFrames.MOST_BLOCK);
    return false;
  }

  private boolean readFrame(ChannelHandlerContext ctx, ByteBuf in) {
    int frame = in.readerIndex();
    if (in.readableBytes() < Frame.HEADER) {
      return hold(in);
    }
    return switch (Frame.type(in, frame)) {
      case Frame.HEADERS -> readHeaders(ctx, in);
      case Frame.CONTINUATION -> {
        Provocation.writeContinuation(Frame.stream(in, frame), outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.ODD_HEAD);
      }
      default -> {
        state = State.PASSING;
        remaining = Frame.HEADER + Frame.length(in, frame);
        yield true;
      }
    };
  }

  private boolean readHeaders(ChannelHandlerContext ctx, ByteBuf in) {
    int frame = in.readerIndex();
    return switch (frames.read(in, frame, in.writerIndex())) {
      case INCOMPLETE -> hold(in);
      case COMPLETE -> stamp(ctx, in);
      case MISFIT -> {
        Provocation.writeMisfit(in, frame, outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.ODD_HEAD);
      }
      case INTERRUPTED -> {
        Provocation.writeContinuation(frames.stream(), outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.ODD_HEAD);
      }
      case TOO_LARGE -> tooLarge(ctx, in);
    };
  }

  private boolean stamp(ChannelHandlerContext ctx, ByteBuf in) {
    ByteBuf out = outgoing.next(ctx, 2 * in.readableBytes());
    int begin = out.writerIndex();
    boolean isRequest = frames.stream() > highestStream;
    frames.writeBegin(out);
    BlockStamper.Outcome outcome = blocks.write(frames, stamps.get(), isRequest, out);
    frames.release();
    if (outcome != BlockStamper.Outcome.WRITTEN) {
      out.writerIndex(begin);
      return refuse(in, Provocation.write(outcome, frames.stream(), out));
    }
    frames.writeEnd(begin, out);
    if (isRequest) {
      highestStream = frames.stream();
      tally.stamped(blocks.removedFields());
    } else {
      tally.removed(blocks.removedFields());
    }
    in.skipBytes(frames.length());
    return true;
  }

  private boolean tooLarge(ChannelHandlerContext ctx, ByteBuf in) {
    int length = Frame.length(in, in.readerIndex());
    if (length <= HeaderFrames.MOST_BLOCK) {
      Provocation.writeContinuation(frames.stream(), outgoing.next(ctx, Frame.HEADER));
      return refuse(in, Reason.HEAD_TOO_LARGE);
    }
    // Servers refuse a frame of that length once they see its header, or once they have all of it.
    tally.refused(Reason.HEAD_TOO_LARGE);
    outgoing.next(ctx, Frame.HEADER).writeBytes(in, Frame.HEADER);
    state = State.BLANKING;
    remaining = length;
    return true;
  }

  private boolean blank(ChannelHandlerContext ctx, ByteBuf in) {
    int length = Math.min(remaining, in.readableBytes());
    outgoing.next(ctx, length).writeZero(length);
    in.skipBytes(length);
    advance(length, State.DROPPING);
    if (state == State.DROPPING) {
      Provocation.writeContinuation(1, outgoing.next(ctx, Frame.HEADER));
    }
    return true;
  }

  /// What was written last has the server end the connection; nothing passes after it.
  private boolean refuse(ByteBuf in, Reason reason) {
    tally.refused(reason);
    state = State.DROPPING;
    return drop(in);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    boolean isDecided = proof.read(ctx, (ByteBuf) msg);
    ctx.write(msg, promise);
    if (isDecided) {
      goOnWithHeld(ctx);
    }
  }

  /// The server does not speak HTTP/2: what it reads in these bytes nobody knows.
  private void leave(ChannelHandlerContext ctx, ByteBuf in) {
    if (profile == Profile.STRICT) {
      abort(ctx, in);
      return;
    }
    tally.unstamped(Reason.HTTP2);
    ctx.pipeline().remove(this);
    ctx.fireChannelRead(in);
  }

  private void abort(ChannelHandlerContext ctx, ByteBuf in) {
    refuse(in, Reason.HTTP2);
    ctx.fireUserEventTriggered(new Abort(Reason.HTTP2.label()));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ended = true;
      goOnWithHeld(ctx);
      passEnd(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  /// A block that is not whole at the end of input is no request: nothing of it passes.
  private void passEnd(ChannelHandlerContext ctx) {
    ByteBuf rest = held.take();
    if (rest == null) {
      return;
    }
    if (proof.isAwaited()) {
      abort(ctx, rest);
    } else if (rest.readableBytes() < Frame.HEADER) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
  }

  private boolean hold(ByteBuf in) {
    held.hold(in);
    return false;
  }

  private static boolean drop(ByteBuf in) {
    in.release();
    return false;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.release();
  }
}
