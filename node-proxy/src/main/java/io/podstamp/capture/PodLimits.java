package io.podstamp.capture;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.config.Limits;
import java.util.function.Supplier;

/// What one Pod's connections may hold, and what they do.
///
/// @param connectionsOpen the applications' sides
/// @param upstream ours to the servers
record PodLimits(
    Supplier<Limits> config, Capacity capacity, ChannelGroup connectionsOpen, ChannelGroup upstream)
    implements AcceptGate.Limits {
  /// So that one Pod alone never fills the node's agent.
  private static final int SHARE = 4;

  private static final long MEBIBYTE = 1 << 20;

  /// A side takes no more than its high-water mark and one read of 64 KiB (`upstream/Dialer`): so
  /// many bytes both ways.
  private static final long MOST_A_CONNECTION = 256 << 10;

  static PodLimits of(String name, Supplier<Limits> config, Capacity capacity) {
    return new PodLimits(config, capacity, group(name), group(name + " upstream"));
  }

  /// Also closes what is accepted while the Pod is let go.
  private static ChannelGroup group(String name) {
    return new DefaultChannelGroup(name, GlobalEventExecutor.INSTANCE, true);
  }

  @Override
  public int connections() {
    return config.get().connections().orElse(Math.max(1, capacity.most() / SHARE));
  }

  @Override
  public boolean isBufferedToTheBrim() {
    long most = config.get().bufferedMebibytes() * MEBIBYTE;
    // Most Pods have too few connections for that.
    return connectionsOpen.size() * MOST_A_CONNECTION >= most
        && buffered(connectionsOpen) + buffered(upstream) >= most;
  }

  private static long buffered(ChannelGroup channels) {
    return channels.stream().mapToLong(PodLimits::buffered).sum();
  }

  /// What waits to be written, by what is left to a water mark; the exact figure is the event
  /// loop's.
  private static long buffered(Channel channel) {
    return channel.isWritable()
        ? channel.config().getWriteBufferHighWaterMark() - channel.bytesBeforeUnwritable()
        : channel.config().getWriteBufferLowWaterMark() + channel.bytesBeforeWritable();
  }
}
