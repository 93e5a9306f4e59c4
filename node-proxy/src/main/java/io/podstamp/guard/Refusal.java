package io.podstamp.guard;

import io.netty.channel.ChannelHandlerContext;
import io.podstamp.metrics.RareLog;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import io.podstamp.pipeline.Abort;
import io.podstamp.pipeline.Refuse;
import io.podstamp.stamp.Stamp;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// How a connection ends that must not go on: one that is not certain, in profile strict; one that
/// was to carry a protected name, in both.
public final class Refusal {
  private static final RareLog TRIPPED =
      new RareLog(LoggerFactory.getLogger(Refusal.class), Level.INFO);
  private static final String END = "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  private static final byte[] BAD_REQUEST = ascii("HTTP/1.1 400 Bad Request" + END);
  private static final byte[] HEAD_TOO_LARGE =
      ascii("HTTP/1.1 431 Request Header Fields Too Large" + END);

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
    byte[] answer = reason == Reason.HEAD_TOO_LARGE ? HEAD_TOO_LARGE : BAD_REQUEST;
    ctx.writeAndFlush(ctx.alloc().buffer(answer.length).writeBytes(answer));
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
