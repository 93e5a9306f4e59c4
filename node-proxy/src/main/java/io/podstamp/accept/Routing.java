package io.podstamp.accept;

import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;
import io.podstamp.upstream.OriginalDestination;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Decides where an accepted connection goes, now or once it has read enough.
public interface Routing {
  /// To where the application was going, at once.
  Routing TO_ORIGINAL_DESTINATION = (_, _, _) -> null;

  /// What follows the decision: handlers are added, the server is dialled.
  interface Onward {
    /// To be called once, on the connection's event loop.
    ///
    /// @param from the address to dial from; the wildcard leaves it to the kernel
    void proceed(SocketChannel connection, OriginalDestination to, InetAddress from);
  }

  /// What has to read the connection's first bytes to decide; it stands alone in the pipeline.
  /// Called on the event loop of a new connection.
  ///
  /// @param source the address that the application used
  /// @param onward for the reader, once it has decided
  /// @return null when the connection goes to its original destination, at once
  @Nullable ChannelHandler reader(OriginalDestination original, InetAddress source, Onward onward);
}
