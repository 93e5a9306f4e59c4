package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.podstamp.config.Profile;
import io.podstamp.guard.Dialogue;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.guard.Tripwire;
import io.podstamp.guard.TripwireHandler;
import io.podstamp.guard.Watch;
import io.podstamp.h2.Http2Stamper;
import io.podstamp.h2.OpenStreams;
import io.podstamp.h2.ServerProof;
import io.podstamp.http1.Http1Stamper;
import io.podstamp.metrics.Protocol;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.Succession;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Dialer;
import org.jspecify.annotations.Nullable;

/// The stages of one captured connection, and the one file that knows their order:
///
/// ```
///   application ──► end of input ──► [OwnHeaderStage] ──► ProtocolDetector ──► ResponseWatch ──► relay ──► server
///                                      │ gives its place to
///                                      ├─ Http1Stamper      HTTP/1; behind a CONNECT to the detector again,
///                                      │                    behind an Upgrade and in doubt to the tripwire
///                                      ├─ Http2Stamper      HTTP/2, and behind it the tripwire
///                                      │                    until the server has shown the same
///                                      ├─ TripwireHandler   bytes that are not certain, until both sides
///                                      │                    have shown that they speak something else
///                                      └─ nothing           a protocol that both sides have shown
/// ```
///
/// An [OwnHeaderStage] is there, and leaves soon, where a connection begins with a header of the
/// PROXY protocol. Server bytes pass the same handlers on their way back, and are never changed. A
/// [Routing] that has to read first stands alone in the pipeline and leaves once these are in it.
public final class Stages implements Succession {
  private CapturedPod pod;
  private final Tally tally;
  private final ResponseWatch server = new ResponseWatch();

  /// If the server spoke before the application did.
  private @Nullable OpenStreams streams;

  public Stages(CapturedPod pod, Tally tally) {
    this.pod = pod;
    this.tally = tally;
  }

  /// Puts a whole connection together.
  ///
  /// @param before what has to see the application's first bytes before all others; null for
  ///   nothing
  void tie(ChannelPipeline pipeline, Dialer.Call call, @Nullable ChannelHandler before) {
    pipeline.addFirst(call.endOfInput());
    if (before != null) {
      pipeline.addLast(before);
    }
    begin(pipeline);
    pipeline.addLast(call.relay());
  }

  /// Puts together what stands before the relay.
  public void begin(ChannelPipeline pipeline) {
    pipeline.addLast(new ProtocolDetector(pod, tally, server, this, false, null)).addLast(server);
  }

  /// The server spoke, and the application has not: it may be the beginning of HTTP/2.
  void onServerFirst(ByteBuf bytes) {
    switch (server.beginning()) {
      case UNKNOWN, HTTP2 -> {
        if (streams == null) {
          streams = new OpenStreams();
        }
        streams.readServer(bytes);
      }
      case HTTP, OTHER -> {
        // No server of HTTP/2.
      }
    }
  }

  /// @param passed how many bytes of the first line have left already; they come again
  /// @param outOfStep whether bytes before them may be a request to some server
  /// @param before has looked at those; null if nothing has
  void http1(ChannelHandlerContext ctx, int passed, boolean outOfStep, @Nullable Tripwire before) {
    giveWay(
        ctx,
        new Http1Stamper(
            pod::stamp, pod.profile(), tally, server, this, passed, outOfStep, before));
  }

  /// @param passed the beginning of the preface, which has left already
  void http2(ChannelHandlerContext ctx, ByteBuf passed) {
    if (server.isInAnswer()) {
      http2BehindHttp1(ctx, passed);
      return;
    }
    boolean proven = server.beginning() == ResponseWatch.Beginning.HTTP2;
    http2(ctx, !proven && pod.profile() == Profile.TRANSPARENT, false, passed);
  }

  @Override
  public void http2BehindHttp1(ChannelHandlerContext ctx, ByteBuf passed) {
    http2(ctx, pod.profile() == Profile.TRANSPARENT, true, passed);
  }

  private void http2(
      ChannelHandlerContext ctx, boolean isWatched, boolean isBehindHttp1, ByteBuf passed) {
    tally.speaks(Protocol.HTTP2);
    TripwireHandler tripwire =
        isWatched ? tripwire(Watch.NAMES_IN_HTTP2, false, null, passed, null) : null;
    if (tripwire != null) {
      ctx.pipeline().addAfter(ctx.name(), null, tripwire);
    }
    ServerProof proof = new ServerProof(pod.profile(), server, tripwire, isBehindHttp1);
    OpenStreams open = streams == null ? new OpenStreams() : streams;
    giveWay(
        ctx,
        new Http2Stamper(
            pod::stamp,
            pod.profile(),
            pod.mostHeaderBlock(),
            tally,
            proof,
            open,
            this,
            passed.readableBytes()));
  }

  /// What is no certain HTTP from its first byte on.
  ///
  /// @param strict what is watched for in profile strict
  /// @param mayBeHttp1 whether that looks like a request line
  /// @param passed its beginning, which has left already
  /// @param before has looked at what came before that; null if nothing did
  void opened(
      ChannelHandlerContext ctx,
      Watch strict,
      boolean mayBeHttp1,
      ByteBuf passed,
      @Nullable Trail before) {
    giveWay(ctx, tripwire(openingWatch(strict), mayBeHttp1, server.dialogue(), passed, before));
  }

  /// The same while the detector goes on looking.
  void openedBefore(
      ChannelHandlerContext ctx, Watch strict, ByteBuf passed, @Nullable Trail before) {
    TripwireHandler tripwire =
        tripwire(openingWatch(strict), false, server.dialogue(), passed, before);
    if (tripwire != null) {
      ctx.pipeline().addBefore(ctx.name(), null, tripwire);
    }
  }

  private Watch openingWatch(Watch strict) {
    return switch (pod.profile()) {
      case TRANSPARENT -> Watch.NAMES;
      case STRICT -> strict;
    };
  }

  @Override
  public void watched(
      ChannelHandlerContext ctx, boolean mayBeHttp1, ByteBuf passed, @Nullable Trail before) {
    giveWay(ctx, tripwire(openingWatch(Watch.REQUESTS), mayBeHttp1, null, passed, before));
  }

  @Override
  public void tunnel(ChannelHandlerContext ctx, boolean outOfStep, @Nullable Trail before) {
    pod = pod.inTunnel();
    giveWay(ctx, new ProtocolDetector(pod, tally, server, this, outOfStep, asTripwire(before)));
  }

  @Override
  public void leave(ChannelHandlerContext ctx) {
    ctx.pipeline().remove(ctx.handler());
  }

  private @Nullable TripwireHandler tripwire(
      Watch watch,
      boolean mayBeHttp1,
      @Nullable Dialogue dialogue,
      ByteBuf passed,
      @Nullable Trail before) {
    Stamp stamp = pod.stamp();
    if (stamp.guarded().isEmpty()) {
      return null;
    }
    TripwireHandler tripwire = new TripwireHandler(stamp, watch, mayBeHttp1, tally, dialogue);
    Tripwire trail = asTripwire(before);
    if (trail != null) {
      tripwire.continueFrom(trail);
    }
    tripwire.follow(passed);
    return tripwire;
  }

  private static @Nullable Tripwire asTripwire(@Nullable Trail trail) {
    return trail instanceof Tripwire tripwire ? tripwire : null;
  }

  private void giveWay(ChannelHandlerContext ctx, @Nullable ChannelHandler next) {
    if (next == null) {
      leave(ctx);
    } else {
      ctx.pipeline().replace(ctx.handler(), null, next);
    }
  }
}
