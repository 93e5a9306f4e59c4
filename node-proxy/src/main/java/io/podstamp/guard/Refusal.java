package io.podstamp.guard;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.podstamp.metrics.RareLog;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.Abort;
import io.podstamp.pipeline.Refuse;
import io.podstamp.stamp.Stamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// How a connection ends that must not go on: one that is not certain, in profile strict; one that
/// was to carry a protected name, in both.
public final class Refusal {
  private static final RareLog TRIPPED =
      new RareLog(LoggerFactory.getLogger(Refusal.class), Level.INFO);

  private Refusal() {}

  /// Ends the connection: with an answer where the client can take it for one.
  ///
  /// @param answered whether a response may be in flight; ours between its bytes would be taken for
  ///   a part of it
  public static void refuse(ChannelHandlerContext ctx, Reason reason, boolean answered) {
    if (answered || !reason.isOddRequest()) {
      ctx.fireUserEventTriggered(new Abort(reason.label()));
      return;
    }
    ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), answer(reason)));
    ctx.fireUserEventTriggered(new Refuse(reason.label()));
  }

  /// Ends the connection, in both profiles, before what the tripwire found leaves.
  ///
  /// @param otherThanName see [Tripwire#otherThanName]
  public static void trip(
      ChannelHandlerContext ctx, Stamp stamp, Tally tally, @Nullable Reason otherThanName) {
    if (otherThanName == null) {
      tally.tripped();
      TRIPPED.log(
          "{}: connection aborted, it was to carry a protected name unstamped", stamp.owner());
    } else {
      tally.refused(otherThanName);
    }
    ctx.fireUserEventTriggered(new Abort("tripwire"));
  }

  /// Names podstamp and the reason, so that nobody looks for the fault at the server. It tells what
  /// the client sent itself and nothing else; the client is in the Pod.
  private static String answer(Reason reason) {
    String body =
        "podstamp refused this request (%s): %s. `podstamp explain` on the Pod's Node tells more.\n"
            .formatted(reason.label(), reason.told());
    return """
        HTTP/1.1 %s\r
        X-Podstamp-Refused: %s\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Length: %d\r
        Connection: close\r
        \r
        %s"""
        .formatted(
            reason == Reason.HEAD_TOO_LARGE
                ? "431 Request Header Fields Too Large"
                : "400 Bad Request",
            reason.label(),
            body.length(),
            body);
  }
}
