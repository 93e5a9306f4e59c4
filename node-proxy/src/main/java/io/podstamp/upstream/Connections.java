package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import io.podstamp.pipeline.Leaving;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How the accepted connections of a process that leaves come to their end: a clean one where it is
/// known that nothing is outstanding, else a reset, so that what was cut off never looks complete.
public final class Connections {
  /// To reset all takes no longer than a turn of each event loop.
  private static final int SECONDS_TO_RESET = 5;

  private Connections() {}

  /// Ends those that are at rest, and lets each of the others end once it is.
  public static void endAtRest(ChannelGroup connections) {
    connections.forEach(
        connection -> connection.pipeline().fireUserEventTriggered(Leaving.WHEN_AT_REST));
  }

  /// Ends all at once, and returns when they have: not for event loops.
  public static void endNow(List<ChannelGroup> all) {
    List<Future<?>> closed = new ArrayList<>();
    for (ChannelGroup connections : all) {
      closed.add(connections.newCloseFuture());
      connections.forEach(connection -> connection.eventLoop().execute(() -> endNow(connection)));
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_TO_RESET);
    for (Future<?> group : closed) {
      group.awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  private static void endNow(Channel connection) {
    connection.pipeline().fireUserEventTriggered(Leaving.NOW);
    if (connection.isOpen()) {
      // It has no relay yet.
      connection.config().setOption(ChannelOption.SO_LINGER, 0);
      connection.close();
    }
  }
}
