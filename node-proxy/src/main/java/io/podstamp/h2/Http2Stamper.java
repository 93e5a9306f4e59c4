package io.podstamp.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.podstamp.config.Profile;
import io.podstamp.guard.Refusal;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.Abort;
import io.podstamp.pipeline.Stage;
import io.podstamp.pipeline.Succession;
import io.podstamp.stamp.Stamp;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
/// nothing passes: the server gets frames of ours that it judges alike, and nothing after them. A
/// block that is only too long to be held costs its stream alone ([OversizedBlock]).
public final class Http2Stamper extends Stage {
  private static final int PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length();

  /// What waits behind the preface before the application is not read.
  private static final int MOST_AHEAD = 64 << 10;

  private enum State {
    PASSING,
    FRAME,
    /// A header block too long to be held: it is followed, and one that no server takes stands for
    /// it.
    OVERSIZED,
    /// A frame too long to be held, as hardly a server takes one: its bytes pass as zeros.
    BLANKING,
    DROPPING
  }

  private final Supplier<Stamp> stamps;
  private final Profile profile;
  private final Tally tally;
  private final ServerProof proof;
  private final OpenStreams streams;
  private final WatchedBodies bodies;
  private final Succession succession;
  private final HeaderFrames frames;
  private final BlockStamper blocks;
  private final Outgoing outgoing = new Outgoing();

  private State state = State.PASSING;
  private int remaining;
  private int highestStream;
  private @Nullable OversizedBlock oversized;

  /// @param stamps asked once per request
  /// @param proof whether the server speaks HTTP/2 as well
  /// @param mostBlock how long a header block may be, in bytes
  /// @param streams has read all that the server has said so far
  /// @param passed how many bytes of the preface have left already
  public Http2Stamper(
      Supplier<Stamp> stamps,
      Profile profile,
      int mostBlock,
      Tally tally,
      ServerProof proof,
      OpenStreams streams,
      Succession succession,
      int passed) {
    this.stamps = stamps;
    this.profile = profile;
    this.tally = tally;
    this.proof = proof;
    this.streams = streams;
    this.bodies = new WatchedBodies(profile);
    this.succession = succession;
    this.remaining = PREFACE - passed;
    this.frames = new HeaderFrames(mostBlock);
    this.blocks = new BlockStamper(mostBlock);
  }

  @Override
  protected boolean readSome(ChannelHandlerContext ctx, ByteBuf in) {
    if (proof.isRefuted() && (state == State.PASSING || state == State.FRAME)) {
      return leave(ctx, in);
    }
    if (proof.isRefuted() && state == State.OVERSIZED) {
      return abort(ctx, in); // what came of the block is forgotten
    }
    return switch (state) {
      case PASSING -> pass(ctx, in);
      case FRAME -> proof.isAwaited() ? hold(ctx, in, MOST_AHEAD) : readFrame(ctx, in);
      case OVERSIZED -> readOversized(ctx, in);
      case BLANKING -> blank(ctx, in);
      case DROPPING -> drop(in);
    };
  }

  @Override
  protected void flushGathered(ChannelHandlerContext ctx) {
    outgoing.flush(ctx);
  }

  @Override
  protected boolean isAtRest() {
    return state == State.FRAME && proof.isGiven() && streams.isAtRest();
  }

  private boolean pass(ChannelHandlerContext ctx, ByteBuf in) {
    int length = Math.min(remaining, in.readableBytes());
    if (bodies.find(in, in.readerIndex(), in.readerIndex() + length)) {
      return trip(ctx, in, bodies.otherThanName());
    }
    advance(length, State.FRAME);
    if (state == State.FRAME) {
      bodies.endFrame();
    }
    return outgoing.pass(ctx, in, length);
  }

  private boolean trip(ChannelHandlerContext ctx, ByteBuf in, @Nullable Reason otherThanName) {
    state = State.DROPPING;
    Refusal.trip(ctx, stamps.get(), tally, otherThanName);
    return drop(in);
  }

  private void advance(int length, State next) {
    remaining -= length;
    if (remaining == 0) {
      state = next;
    }
  }

  private boolean readFrame(ChannelHandlerContext ctx, ByteBuf in) {
    int frame = in.readerIndex();
    if (in.readableBytes() < Frame.HEADER) {
      return hold(in);
    }
    return switch (Frame.type(in, frame)) {
      case Frame.HEADERS -> readHeaders(ctx, in);
      case Frame.CONTINUATION -> {
        ErrorFrames.writeContinuation(Frame.stream(in, frame), outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.ODD_HEAD);
      }
      case Frame.DATA -> readData(in);
      default -> {
        streams.onClientFrame(in, frame);
        if (Frame.type(in, frame) == Frame.RST_STREAM) {
          bodies.end(Frame.stream(in, frame));
        }
        state = State.PASSING;
        remaining = Frame.HEADER + Frame.length(in, frame);
        yield true;
      }
    };
  }

  private boolean readData(ByteBuf in) {
    int frame = in.readerIndex();
    int stream = Frame.stream(in, frame);
    if (bodies.has(stream)) {
      boolean isPadded = (Frame.flags(in, frame) & Frame.PADDED) != 0;
      if (isPadded && Frame.length(in, frame) > 0 && in.readableBytes() == Frame.HEADER) {
        return hold(in);
      }
      bodies.beginFrame(in, frame, stamps.get().guarded());
    }
    streams.onClientFrame(in, frame);
    state = State.PASSING;
    remaining = Frame.HEADER + Frame.length(in, frame);
    return true;
  }

  private boolean readHeaders(ChannelHandlerContext ctx, ByteBuf in) {
    int frame = in.readerIndex();
    return switch (frames.read(in, frame, in.writerIndex())) {
      case INCOMPLETE -> hold(in);
      case COMPLETE -> stamp(ctx, in);
      case MISFIT -> {
        ErrorFrames.writeMisfit(in, frame, outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.ODD_HEAD);
      }
      case INTERRUPTED -> {
        ErrorFrames.writeContinuation(frames.stream(), outgoing.next(ctx, Frame.HEADER));
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
    Stamp stamp = stamps.get();
    BlockStamper.Outcome outcome = blocks.write(frames, stamp, isRequest, out);
    frames.release();
    if (outcome != BlockStamper.Outcome.WRITTEN) {
      out.writerIndex(begin);
      return refuse(in, ErrorFrames.write(outcome, frames.stream(), out));
    }
    frames.writeEnd(begin, out);
    streams.onClientHeaders(frames.stream(), isRequest, frames.endStream());
    if (frames.endStream()) {
      bodies.end(frames.stream());
    } else if (blocks.bodyMayHoldRequests() && !bodies.begin(frames.stream(), stamp.guarded())) {
      return trip(ctx, in, Reason.HTTP2);
    }
    if (isRequest) {
      highestStream = frames.stream();
      tally.stamped(blocks.removedFields());
      blocks.tellClientFields(stamp, tally);
      stamp.tellToken(tally);
    } else {
      tally.removed(blocks.removedFields());
    }
    in.skipBytes(frames.length());
    return true;
  }

  private boolean tooLarge(ChannelHandlerContext ctx, ByteBuf in) {
    int length = Frame.length(in, in.readerIndex());
    if (length <= frames.mostBlock()) {
      if (frames.hasLongFrame()) {
        ErrorFrames.writeContinuation(frames.stream(), outgoing.next(ctx, Frame.HEADER));
        return refuse(in, Reason.HEAD_TOO_LARGE);
      }
      oversized = blocks.follow(frames, stamps.get());
      state = State.OVERSIZED;
      return true;
    }
    // Servers refuse a frame of that length once they see its header, or once they have all of it.
    tally.refused(Reason.HEAD_TOO_LARGE);
    outgoing.next(ctx, Frame.HEADER).writeBytes(in, Frame.HEADER);
    state = State.BLANKING;
    remaining = length;
    return true;
  }

  private boolean readOversized(ChannelHandlerContext ctx, ByteBuf in) {
    OversizedBlock block = Objects.requireNonNull(oversized);
    return switch (block.readFrame(in)) {
      case INCOMPLETE -> hold(in);
      case GOES_ON -> true;
      case COMPLETE -> {
        block.write(outgoing.next(ctx, OversizedBlock.MOST_WRITTEN));
        streams.onClientHeaders(block.stream(), block.stream() > highestStream, block.endStream());
        highestStream = Math.max(highestStream, block.stream());
        tally.refused(Reason.HEAD_TOO_LARGE);
        oversized = null;
        state = State.FRAME;
        yield true;
      }
      case BROKEN -> {
        ByteBuf out = outgoing.next(ctx, Frame.HEADER);
        yield refuse(in, ErrorFrames.write(BlockStamper.Outcome.BROKEN, block.stream(), out));
      }
      case INTERRUPTED -> {
        ErrorFrames.writeContinuation(block.stream(), outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.ODD_HEAD);
      }
      case TOO_LARGE -> {
        ErrorFrames.writeContinuation(block.stream(), outgoing.next(ctx, Frame.HEADER));
        yield refuse(in, Reason.HEAD_TOO_LARGE);
      }
    };
  }

  private boolean blank(ChannelHandlerContext ctx, ByteBuf in) {
    int length = Math.min(remaining, in.readableBytes());
    outgoing.next(ctx, length).writeZero(length);
    in.skipBytes(length);
    advance(length, State.DROPPING);
    if (state == State.DROPPING) {
      ErrorFrames.writeContinuation(1, outgoing.next(ctx, Frame.HEADER));
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
    ByteBuf bytes = (ByteBuf) msg;
    streams.readServer(bytes);
    ctx.write(bytes, promise);
    if (proof.onServerSpoke(ctx)) {
      goOnWithHeld(ctx);
    }
    lookForRest(ctx);
  }

  /// The server does not speak HTTP/2: what it reads in these bytes nobody knows.
  private boolean leave(ChannelHandlerContext ctx, ByteBuf in) {
    if (profile == Profile.STRICT) {
      return abort(ctx, in);
    }
    tally.unstamped(Reason.HTTP2);
    succession.leave(ctx);
    ctx.fireChannelRead(in);
    return false;
  }

  private boolean abort(ChannelHandlerContext ctx, ByteBuf in) {
    refuse(in, Reason.HTTP2);
    ctx.fireUserEventTriggered(new Abort(Reason.HTTP2.label()));
    return false;
  }

  /// A block that is not whole at the end of input is no request: nothing of it passes.
  @Override
  protected void onEndOfInput(ChannelHandlerContext ctx, @Nullable ByteBuf rest) {
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
}
