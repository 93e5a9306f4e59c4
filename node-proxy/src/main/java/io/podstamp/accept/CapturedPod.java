package io.podstamp.accept;

import io.netty.channel.Channel;
import io.podstamp.config.Limits;
import io.podstamp.config.Profile;
import io.podstamp.stamp.ProxyHeaders;
import io.podstamp.stamp.Stamp;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// The Pod behind a listener, as far as its connections need it. Called on event loops: answers
/// come from memory.
public interface CapturedPod {
  /// What requests carry now. Asked for once per request, so that a change reaches live
  /// connections.
  Stamp stamp();

  /// The headers of the PROXY protocol with which connections begin that are made now.
  default ProxyHeaders proxyHeaders() {
    return ProxyHeaders.NONE;
  }

  /// The Pod as a connection to there sees it.
  default CapturedPod towards(InetSocketAddress destination) {
    return this;
  }

  /// The Pod as what is inside a tunnel sees it, of which nobody knows where it leads.
  default CapturedPod inTunnel() {
    return this;
  }

  /// What happens to traffic that cannot be stamped; fixed for the life of a connection.
  Profile profile();

  /// How long a header block of HTTP/2 may be, in bytes; fixed for the life of a connection.
  default int mostHeaderBlock() {
    return Limits.DEFAULT.headerBlockKibibytes() << 10;
  }

  /// A connection came, from an address that should be the Pod's.
  void accepted(Channel connection, InetAddress source);
}
