package io.podstamp.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.podstamp.config.Profile;
import io.podstamp.guard.Refusal;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.guard.Tripwire;
import io.podstamp.guard.Watch;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.BodyAhead;
import io.podstamp.pipeline.ServerFinished;
import io.podstamp.pipeline.Stage;
import io.podstamp.pipeline.Succession;
import io.podstamp.stamp.Stamp;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Stamps the requests of one connection that speaks HTTP/1; in the application's pipeline, before
/// the relay.
///
/// ```
///   HEAD ──certain──► BODY (by length or chunked, watched where a server may not read it)
///     │                 ├──end──► HEAD …
///     │                 └──end, after Upgrade or CONNECT──► SWITCH ──other status──► HEAD …
///     │                                                       ├──2xx to CONNECT──► looked at anew
///     │                                                       └──101──► raw, with tripwire
///     ├──preface of HTTP/2──► h2
///     ├──not certain──► transparent: raw, with tripwire; strict: REFUSED
///     └──forged──► REFUSED, nothing passes any more
/// ```
///
/// Bytes are never re-serialised: a head gets lines removed and inserted, a body passes as the
/// slices it came in. Any segmentation gives the same bytes upstream.
public final class Http1Stamper extends Stage {
  private static final int MOST_HELD = 64 << 10;

  private enum State {
    HEAD,
    SIZED_BODY,
    CHUNKED_BODY,
    SWITCH,
    REFUSED
  }

  private final Supplier<Stamp> stamps;
  private final Profile profile;
  private final Tally tally;
  private final ResponseWatch server;
  private final Succession succession;
  private final RequestHead head = new RequestHead();
  private final ChunkedBody chunks = new ChunkedBody();
  private final ProtocolSwitch protocolSwitch;
  private final StampedHeads heads = new StampedHeads();
  private final AnswerFraming answers = new AnswerFraming();
  private final LineAhead ahead;

  private State state = State.HEAD;
  private @Nullable Stamp stamp;
  private @Nullable HeadWriter writer;
  private long bodyRemaining;
  private boolean anyRequest;
  private boolean bodyIsNext;

  /// Whether some server may be in the midst of another message than we are: it has taken a body,
  /// or a header of the PROXY protocol, for requests.
  private boolean outOfStep;

  private @Nullable Tripwire bodyTripwire;

  /// What has looked at the body before: a server that reads that as requests finds behind it the
  /// end of what begins in it.
  private @Nullable Tripwire open;

  /// Why the connection is refused once what is outstanding has been answered.
  private @Nullable Reason refusedLater;

  /// @param stamps asked once per request
  /// @param server what the server has said so far
  /// @param passed how many of the first bytes that will be read have left already; they belong to
  ///   the first request line, or stand before it
  /// @param outOfStep whether bytes before them may be a request to some server
  /// @param before has looked at those; null if nothing has
  public Http1Stamper(
      Supplier<Stamp> stamps,
      Profile profile,
      Tally tally,
      ResponseWatch server,
      Succession succession,
      int passed,
      boolean outOfStep,
      @Nullable Tripwire before) {
    this.stamps = stamps;
    this.profile = profile;
    this.tally = tally;
    this.server = server;
    this.succession = succession;
    this.protocolSwitch = new ProtocolSwitch(server);
    this.ahead = new LineAhead(profile, null, passed);
    this.outOfStep = outOfStep;
    this.open = before;
    if (server.spoke()) {
      answers.giveUp();
    }
  }

  @Override
  protected boolean readSome(ChannelHandlerContext ctx, ByteBuf in) {
    return switch (state) {
      case HEAD -> readHead(ctx, in);
      case SIZED_BODY -> readSizedBody(ctx, in);
      case CHUNKED_BODY -> readChunkedBody(ctx, in);
      case SWITCH -> readSwitch(ctx, in);
      case REFUSED -> drop(in);
    };
  }

  @Override
  protected void flushGathered(ChannelHandlerContext ctx) {
    heads.pass(ctx);
  }

  /// After an Upgrade that the server declined, HTTP/1 goes on with what comes.
  @Override
  protected boolean isAtRest() {
    return (state == State.HEAD || state == State.SWITCH) && answers.isAtRest();
  }

  private boolean readHead(ChannelHandlerContext ctx, ByteBuf in) {
    ahead.stopWaiting();
    Stamp current = currentStamp();
    Preface preface = Preface.at(in, in.readerIndex(), in.writerIndex());
    if (preface != Preface.NONE) {
      return preface == Preface.WHOLE ? leaveForHttp2(ctx, in) : holdHead(ctx, in, current);
    }
    return switch (head.read(in, current)) {
      case INCOMPLETE -> holdHead(ctx, in, current);
      case COMPLETE -> {
        if (endsOpenName(in)) {
          yield trip(ctx, in, in.readerIndex(), null);
        }
        onHead(ctx, in, current);
        yield true;
      }
      case FORGED -> trip(ctx, in, in.readerIndex(), null);
      case NOT_A_REQUEST -> leave(ctx, in, Reason.ODD_START);
      case UNCERTAIN -> leave(ctx, in, Reason.ODD_HEAD);
      case TOO_LARGE -> leave(ctx, in, Reason.HEAD_TOO_LARGE);
    };
  }

  /// Whether a name that begins in the body before ends in this head's request line, or begins
  /// there for who read that body as requests. Behind that stand our own lines.
  private boolean endsOpenName(ByteBuf in) {
    Tripwire before = open;
    open = null;
    if (before == null) {
      return false;
    }
    Tripwire looking = new Tripwire(currentStamp().guarded(), Watch.NAMES);
    looking.continueFrom(before, false);
    return looking.find(in, in.readerIndex(), in.readerIndex() + head.fieldsFrom()) >= 0;
  }

  /// A head waits for its end. Of its first line, what may leave leaves.
  private boolean holdHead(ChannelHandlerContext ctx, ByteBuf in, Stamp current) {
    heads.pass(ctx);
    hold(in);
    if (open == null || !open.isOpen()) {
      int to = head.requestLineEnd(in);
      ahead.passEarly(ctx, in, to, current.guarded(), () -> onWaited(ctx, current));
    }
    return false;
  }

  private void onWaited(ChannelHandlerContext ctx, Stamp current) {
    ByteBuf in = held();
    if (in != null && !ctx.isRemoved()) {
      int to = head.requestLineEnd(in);
      int end = profile == Profile.STRICT ? LineAhead.asciiEnd(in, to) : to;
      ahead.passLate(ctx, in, end, current.guarded());
    }
  }

  private Stamp currentStamp() {
    Stamp current = stamp;
    if (current == null) {
      current = stamps.get();
      stamp = current;
    }
    return current;
  }

  private void onHead(ChannelHandlerContext ctx, ByteBuf in, Stamp current) {
    HeadWriter writer = writerOf(current);
    writer.begin(in);
    tally.stamped(
        writer.write(
            heads.next(ctx, writer.mostBytes(), in.readableBytes() / head.length()),
            ahead.passed()));
    writer.tellClientFields(tally);
    current.tellToken(tally);
    writer.end();
    ahead.reset();
    in.skipBytes(head.length());
    boolean behindUnanswered = anyRequest && !answers.isAtRest();
    outOfStep |= bodyMayHoldRequest();
    boolean inStep = !outOfStep || !server.spoke();
    if (!inStep) {
      server.distrust();
    }
    protocolSwitch.onHead(head, !anyRequest && inStep, !behindUnanswered);
    if (head.isOddHead()) {
      answers.giveUp();
    }
    answers.asked(head.asked());
    anyRequest = true;
    bodyIsNext = head.framing().hasBody();
    Watch watch = bodyIsNext ? Certain.body(head, profile) : null;
    if (watch == null && bodyIsNext && (outOfStep || behindUnanswered)) {
      watch = Certain.ofAnyBody(profile);
    }
    bodyTripwire = watch == null ? null : new Tripwire(current.guarded(), watch);
    bodyRemaining = head.framing().contentLength();
    state =
        head.framing().isChunked()
            ? State.CHUNKED_BODY
            : bodyRemaining > 0 ? State.SIZED_BODY : afterMessage();
    if (bodyRemaining >= BodyAhead.LEAST && bodyTripwire == null) {
      ctx.fireUserEventTriggered(new BodyAhead(bodyRemaining));
    }
    chunks.reset();
    head.reset();
    if (state != State.CHUNKED_BODY) {
      stamp = null;
    }
  }

  private boolean bodyMayHoldRequest() {
    return bodyTripwire != null && bodyTripwire.mayHoldRequest();
  }

  private HeadWriter writerOf(Stamp current) {
    HeadWriter ready = writer;
    if (ready == null || ready.stamp() != current) {
      ready = new HeadWriter(head, current);
      writer = ready;
    }
    return ready;
  }

  private void pass(ChannelHandlerContext ctx, ByteBuf bytes) {
    heads.pass(ctx);
    ctx.fireChannelRead(bytes);
  }

  private State afterMessage() {
    return protocolSwitch.isWanted() ? State.SWITCH : State.HEAD;
  }

  private boolean readSizedBody(ChannelHandlerContext ctx, ByteBuf in) {
    if (bodyIsNext) {
      return beginBody(in, bodyRemaining);
    }
    watchBodyIfAnswered();
    int length = (int) Math.min(bodyRemaining, in.readableBytes());
    bodyRemaining -= length;
    if (bodyRemaining == 0) {
      state = afterMessage();
    }
    return passBody(ctx, in, length);
  }

  /// At the first byte behind a head with a body.
  ///
  /// @param length of the body, if that is known
  private boolean beginBody(ByteBuf in, long length) {
    switch (protocolSwitch.body()) {
      case SURE -> bodyIsNext = false;
      case SENT_AT_ONCE -> watchBody();
      case REFUSED -> {
        switch (RequestLine.begins(in, length)) {
          case YES -> {
            // A server that reads the body that it declined ends it within a later message.
            outOfStep = true;
            bodyIsNext = false;
            bodyRemaining = 0;
            stamp = null;
            state = State.HEAD;
          }
          case NO -> watchBody();
          case NOT_YET -> {
            return hold(in);
          }
        }
      }
    }
    return true;
  }

  /// Some servers answer without having read the body, and take what comes of it for requests.
  private void watchBodyIfAnswered() {
    if (bodyTripwire == null && !answers.isAwaited()) {
      watchBody();
    }
  }

  private void watchBody() {
    bodyIsNext = false;
    if (bodyTripwire == null) {
      bodyTripwire = new Tripwire(currentStamp().guarded(), Certain.ofAnyBody(profile));
    }
  }

  private boolean readChunkedBody(ChannelHandlerContext ctx, ByteBuf in) {
    if (bodyIsNext) {
      return beginBody(in, Long.MAX_VALUE);
    }
    watchBodyIfAnswered();
    Stamp current = Objects.requireNonNull(stamp);
    int from = in.readerIndex();
    ChunkedBody.Progress progress = chunks.read(in, from, in.writerIndex(), current);
    int certain = chunks.readTo() - from;
    if (chunks.sawExtension()) {
      watchBody();
    }
    return switch (progress) {
      case COMPLETE -> {
        state = afterMessage();
        stamp = null;
        yield passBody(ctx, in, certain);
      }
      case MORE ->
          // A trailer line that is not whole stays.
          certain == in.readableBytes()
              ? passBody(ctx, in, certain)
              : (certain == 0 || passBody(ctx, in, certain)) && hold(in);
      case UNCERTAIN ->
          (certain == 0 || passBody(ctx, in, certain)) && leave(ctx, in, Reason.ODD_BODY);
    };
  }

  /// After Upgrade or CONNECT: nothing passes until the server has said what comes next.
  private boolean readSwitch(ChannelHandlerContext ctx, ByteBuf in) {
    return switch (protocolSwitch.verdict()) {
      case UNKNOWN -> hold(ctx, in, MOST_HELD);
      case NEXT_REQUEST -> {
        state = State.HEAD;
        yield true;
      }
      case TUNNEL -> {
        succession.tunnel(ctx, outOfStep || bodyMayHoldRequest(), open);
        ctx.fireChannelRead(in);
        yield false;
      }
      case OTHER_PROTOCOL -> {
        tally.unstamped(Reason.TUNNEL);
        yield passRaw(ctx, in, false);
      }
      case WEBSOCKET -> {
        tally.unstamped(Reason.TUNNEL);
        succession.leave(ctx);
        ctx.fireChannelRead(in);
        yield false;
      }
      case UNCERTAIN -> leave(ctx, in, Reason.TUNNEL);
    };
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ByteBuf answer = (ByteBuf) msg;
    answers.read(answer);
    ctx.write(answer, promise);
    if (refusedLater != null && !answers.isAwaited()) {
      // Behind whole answers ours cannot be taken for a part of one.
      Refusal.refuse(ctx, refusedLater, !answers.isAtRest() || ahead.passed() > 0);
      refusedLater = null;
    }
    goOnIfSwitchIsDecided(ctx);
    lookForRest(ctx);
  }

  private void goOnIfSwitchIsDecided(ChannelHandlerContext ctx) {
    if (state == State.SWITCH && protocolSwitch.verdict() != ProtocolSwitch.Verdict.UNKNOWN) {
      goOnWithHeld(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ServerFinished.EVENT) {
      protocolSwitch.onServerFinished();
      goOnIfSwitchIsDecided(ctx);
    }
    super.userEventTriggered(ctx, event);
  }

  /// What is unfinished at the end of input will never be certain: it goes as it came.
  @Override
  protected void onEndOfInput(ChannelHandlerContext ctx, @Nullable ByteBuf rest) {
    if (rest != null) {
      leave(ctx, rest, state == State.SWITCH ? Reason.TUNNEL : Reason.ODD_HEAD);
      ctx.fireChannelReadComplete();
    }
  }

  /// Passes the next bytes on: the buffer itself if that is all of it, else a slice.
  private boolean pass(ChannelHandlerContext ctx, ByteBuf in, int length) {
    if (length == in.readableBytes()) {
      pass(ctx, in);
      return false;
    }
    pass(ctx, in.readRetainedSlice(length));
    return true;
  }

  /// The same for a body.
  private boolean passBody(ChannelHandlerContext ctx, ByteBuf in, int length) {
    Tripwire tripwire = bodyTripwire;
    if (tripwire != null) {
      int hit = tripwire.find(in, in.readerIndex(), in.readerIndex() + length);
      if (hit >= 0) {
        return trip(ctx, in, hit, tripwire.otherThanName());
      }
      open = tripwire;
    }
    return pass(ctx, in, length);
  }

  /// The bytes up to there are the last that pass.
  private boolean trip(
      ChannelHandlerContext ctx, ByteBuf in, int to, @Nullable Reason otherThanName) {
    heads.pass(ctx);
    if (to > in.readerIndex()) {
      pass(ctx, in.readRetainedSlice(to - in.readerIndex()));
    }
    state = State.REFUSED;
    Refusal.trip(ctx, currentStamp(), tally, otherThanName);
    return drop(in);
  }

  private boolean leaveForHttp2(ChannelHandlerContext ctx, ByteBuf in) {
    heads.pass(ctx);
    succession.http2BehindHttp1(ctx, in.readSlice(ahead.passed()));
    ctx.fireChannelRead(in);
    return false;
  }

  /// The connection is not certain from here on.
  private boolean leave(ChannelHandlerContext ctx, ByteBuf in, Reason reason) {
    heads.pass(ctx);
    if (profile == Profile.STRICT) {
      tally.refused(reason);
      if (state == State.HEAD && answers.isAwaited()) {
        refusedLater = reason;
      } else {
        Refusal.refuse(ctx, reason, anyRequest || server.spoke() || ahead.passed() > 0);
      }
      state = State.REFUSED;
      return drop(in);
    }
    tally.unstamped(reason);
    return passRaw(ctx, in, true);
  }

  /// From here on bytes pass untouched, watched by the tripwire.
  private boolean passRaw(ChannelHandlerContext ctx, ByteBuf in, boolean mayBeHttp1) {
    heads.pass(ctx);
    Tripwire before = state == State.CHUNKED_BODY ? bodyTripwire : open;
    succession.watched(ctx, mayBeHttp1, in.readSlice(ahead.passed()), before);
    ctx.fireChannelRead(in);
    return false;
  }
}
