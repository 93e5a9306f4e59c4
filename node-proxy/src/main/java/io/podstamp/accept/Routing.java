package io.podstamp.accept;

import io.netty.channel.socket.SocketChannel;
import io.podstamp.upstream.OriginalDestination;
import java.net.InetAddress;

/// Decides where an accepted connection goes, now or once it has read enough.
public interface Routing {
  /// To where the application was going, at once.
  Routing TO_ORIGINAL_DESTINATION =
      (connection, original, source, onward) -> onward.proceed(connection, original, source);

  /// What follows the decision: handlers are added, the server is dialled.
  interface Onward {
    /// To be called once, on the connection's event loop.
    ///
    /// @param from the address to dial from; the wildcard leaves it to the kernel
    void proceed(SocketChannel connection, OriginalDestination to, InetAddress from);
  }

  /// Called on the event loop of a new connection, whose pipeline is empty.
  ///
  /// @param source the address that the application used
  void route(
      SocketChannel connection, OriginalDestination original, InetAddress source, Onward onward);
}
