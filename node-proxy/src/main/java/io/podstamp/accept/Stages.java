package io.podstamp.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.podstamp.config.Profile;
import io.podstamp.guard.ResponseWatch;
import io.podstamp.guard.TripwireHandler;
import io.podstamp.h2.Http2Stamper;
import io.podstamp.h2.OpenStreams;
import io.podstamp.h2.ServerProof;
import io.podstamp.http1.Http1Stamper;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.Succession;
import io.podstamp.stamp.Stamp;
import io.podstamp.upstream.Dialer;
import org.jspecify.annotations.Nullable;

/// The stages of one captured connection, and the one file that knows their order:
///
/// ```
///   application ──► end of input ──► ProtocolDetector ──► relay ──► server
///                                      │ gives its place to
///                                      ├─ Http1Stamper      HTTP/1; in doubt to the tripwire
///                                      ├─ Http2Stamper      HTTP/2, and behind it the tripwire
///                                      │                    until the server has shown the same
///                                      ├─ TripwireHandler   bytes that are not certain
///                                      └─ nothing           other protocols
/// ```
///
/// Server bytes pass the same handlers on their way back, and are never changed. A [Routing] that
/// has to read first stands alone in the pipeline and leaves once these are in it.
public final class Stages implements Succession {
  private final CapturedPod pod;
  private final Tally tally;
  private final ResponseWatch server = new ResponseWatch();

  /// If the server spoke before the application did.
  private @Nullable OpenStreams streams;

  public Stages(CapturedPod pod, Tally tally) {
    this.pod = pod;
    this.tally = tally;
  }

  /// Puts a whole connection together.
  void tie(ChannelPipeline pipeline, Dialer.Call call) {
    pipeline
        .addFirst(call.endOfInput())
        .addLast(new ProtocolDetector(pod, tally, server, this))
        .addLast(call.relay());
  }

  /// Puts together what stands before the relay.
  public void begin(ChannelPipeline pipeline) {
    pipeline.addLast(new ProtocolDetector(pod, tally, server, this));
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

  void http1(ChannelHandlerContext ctx) {
    giveWay(ctx, new Http1Stamper(pod::stamp, pod.profile(), tally, server, this));
  }

  void http2(ChannelHandlerContext ctx) {
    boolean proven = server.beginning() == ResponseWatch.Beginning.HTTP2;
    TripwireHandler tripwire =
        proven || pod.profile() == Profile.STRICT ? null : lastingTripwire(pod.stamp());
    if (tripwire != null) {
      ctx.pipeline().addAfter(ctx.name(), null, tripwire);
    }
    ServerProof proof = new ServerProof(pod.profile(), server, tripwire);
    OpenStreams open = streams == null ? new OpenStreams() : streams;
    giveWay(ctx, new Http2Stamper(pod::stamp, pod.profile(), tally, proof, open, this));
  }

  /// What looks like TLS: watched until the server speaks it too.
  void tls(ChannelHandlerContext ctx) {
    Stamp stamp = pod.stamp();
    giveWay(
        ctx,
        stamp.guardsNames() ? TripwireHandler.untilServerSpeaksTls(stamp, server, tally) : null);
  }

  @Override
  public void watched(ChannelHandlerContext ctx) {
    giveWay(ctx, lastingTripwire(pod.stamp()));
  }

  /// The stage stays, and what passes it is watched before it comes.
  void watchedBefore(ChannelHandlerContext ctx) {
    TripwireHandler tripwire = lastingTripwire(pod.stamp());
    if (tripwire != null) {
      ctx.pipeline().addBefore(ctx.name(), null, tripwire);
    }
  }

  @Override
  public void leave(ChannelHandlerContext ctx) {
    ctx.pipeline().remove(ctx.handler());
  }

  private @Nullable TripwireHandler lastingTripwire(Stamp stamp) {
    return stamp.guardsNames() ? TripwireHandler.lasting(stamp, server, tally) : null;
  }

  private void giveWay(ChannelHandlerContext ctx, @Nullable ChannelHandler next) {
    if (next == null) {
      leave(ctx);
    } else {
      ctx.pipeline().replace(ctx.handler(), null, next);
    }
  }
}
