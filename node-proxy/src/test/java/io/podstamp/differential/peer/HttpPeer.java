package io.podstamp.differential.peer;

import java.net.InetSocketAddress;
import java.util.List;

/// A running server that answers every request it can read and remembers it.
public interface HttpPeer extends AutoCloseable {
  InetSocketAddress address();

  /// Ends the server after it has finished with what it has read; only then is [#seen] complete.
  @Override
  void close();

  /// The requests that reached the application behind the server, per connection in their order.
  List<SeenRequest> seen();
}
