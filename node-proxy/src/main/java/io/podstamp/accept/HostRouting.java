package io.podstamp.accept;

import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import io.podstamp.upstream.OriginalDestination;
import java.net.InetAddress;
import java.util.List;

/// Sends a connection to what the `Host` of its first request resolves to, on the port that was
/// dialled; to its original destination when it names none.
///
/// @param names how names are resolved
public record HostRouting(Names names) implements Routing {
  /// Resolves names without blocking.
  public interface Names {
    /// The addresses of a name, at least one, or a failure whose message says what is wrong with
    /// the name. May complete on any thread.
    Future<List<InetAddress>> resolve(String name);
  }

  @Override
  public ChannelHandler reader(OriginalDestination original, InetAddress source, Onward onward) {
    return new HostHandler(names, original, source, onward);
  }
}
