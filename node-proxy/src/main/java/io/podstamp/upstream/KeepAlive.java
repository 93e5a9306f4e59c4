package io.podstamp.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.IntegerUnixChannelOption;
import org.jspecify.annotations.Nullable;

/// The keep-alive timer of one socket of ours to a server (`tcp(7)`). It is on from the beginning,
/// with the Pod's own defaults, which are two hours unless somebody set them.
final class KeepAlive {
  /// `linux/tcp.h`
  private static final IntegerUnixChannelOption IDLE =
      new IntegerUnixChannelOption("TCP_KEEPIDLE", 6, 4);

  private static final IntegerUnixChannelOption INTERVAL =
      new IntegerUnixChannelOption("TCP_KEEPINTVL", 6, 5);
  private static final IntegerUnixChannelOption COUNT =
      new IntegerUnixChannelOption("TCP_KEEPCNT", 6, 6);

  /// `MAX_TCP_KEEPCNT`: at 60 s each, these take more than the kernel's two hours.
  private static final int MOST_PROBES = 127;

  private final Channel server;
  private @Nullable Times defaults;
  private @Nullable Times set;

  /// In seconds, but for the number of probes.
  private record Times(int idle, int interval, int count) {}

  KeepAlive(Channel server) {
    this.server = server;
  }

  /// Probes as an application does. How many it leaves unanswered the kernel does not tell, so that
  /// is the Pod's default.
  ///
  /// @param interval 0 while it is not known: the Pod's default, or as often as the first one comes
  void follow(int idle, int interval) {
    Times own = defaults();
    set(new Times(idle, interval == 0 ? Math.min(idle, own.interval) : interval, own.count));
  }

  /// Probes for middleboxes only: no connection ends by them within two hours.
  void keepAwake(int every) {
    set(new Times(every, every, MOST_PROBES));
  }

  /// As it was made.
  void reset() {
    if (set != null) {
      set(defaults());
    }
  }

  private Times defaults() {
    if (defaults == null) {
      defaults = new Times(get(IDLE), get(INTERVAL), get(COUNT));
    }
    return defaults;
  }

  /// The idle time last: the kernel sets its timer by it.
  private void set(Times times) {
    if (!times.equals(set)) {
      defaults();
      set = times;
      server.config().setOption(COUNT, times.count);
      server.config().setOption(INTERVAL, times.interval);
      server.config().setOption(IDLE, times.idle);
    }
  }

  private int get(IntegerUnixChannelOption option) {
    Integer value = server.config().getOption(option);
    if (value == null) {
      throw new ChannelException(option + ": no such option on " + server);
    }
    return value;
  }
}
