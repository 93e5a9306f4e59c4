package io.podstamp.redirect;

import io.netty.channel.Channel;
import io.podstamp.accept.OriginalDestinationLookup;
import io.podstamp.netns.Netns;
import io.podstamp.netns.SocketDiag;
import io.podstamp.upstream.ApplicationSockets;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The sockets of a Pod's applications, as the kernel has them in the Pod's namespace. The socket
/// that asks is made each time, since that is seldom and takes some ten microseconds.
///
/// @param netns the Pod's
public record PodApplications(Netns netns) implements ApplicationSockets {
  private static final OriginalDestinationLookup DESTINATIONS =
      OriginalDestinationLookup.conntrack();

  /// `idiag_timer`
  private static final int NO_TIMER = 0;

  private static final int KEEP_ALIVE = 2;

  @Override
  public List<Optional<Seen>> look(List<Channel> accepted) throws IOException {
    List<Optional<Seen>> all = new ArrayList<>();
    try (SocketDiag sockets = netns.inside(SocketDiag::openHere)) {
      for (Channel each : accepted) {
        InetSocketAddress source = (InetSocketAddress) each.remoteAddress();
        OriginalDestination to = source == null ? null : DESTINATIONS.of(each);
        all.add(to == null ? Optional.empty() : seen(sockets.details(source, to.address())));
      }
    }
    return all;
  }

  private static Optional<Seen> seen(SocketDiag.@Nullable Details found) {
    return found == null
        ? Optional.empty()
        : Optional.of(
            new Seen(
                switch (found.timer()) {
                  case NO_TIMER -> Timer.NONE;
                  case KEEP_ALIVE -> Timer.KEEP_ALIVE;
                  default -> Timer.OTHER;
                },
                found.expiresMillis(),
                found.silentMillis(),
                found.trafficClass() & 0xfc));
  }
}
