package io.podstamp.upstream;

import io.netty.channel.Channel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Tells how the sockets at the other end of accepted connections are set; the kernel is asked, and
/// only about connections on which nothing has moved for a while.
public interface ApplicationSockets {
  /// One of them.
  ///
  /// @param timer which one runs
  /// @param expiresMillis when it will go off
  /// @param silentMillis since the peer's last word, an acknowledgement too
  /// @param service see [PacketHeader]
  record Seen(Timer timer, long expiresMillis, long silentMillis, int service) {}

  /// What a socket's timer is for (`idiag_timer`, `net/ipv4/inet_diag.c`).
  enum Timer {
    NONE,
    KEEP_ALIVE,
    /// Something is to be sent again.
    OTHER
  }

  /// Called on an event loop.
  ///
  /// @return for each in its turn; empty for one that is not found
  List<Optional<Seen>> look(List<Channel> accepted) throws IOException;
}
