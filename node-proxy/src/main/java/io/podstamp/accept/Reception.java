package io.podstamp.accept;

import io.netty.channel.ChannelHandler;
import io.podstamp.hold.HeldSyns;
import org.jspecify.annotations.Nullable;

/// What becomes of connections that come to a Pod's listener.
///
/// @param gate closes while the Pod holds all that it may
/// @param held SYNs whose servers were dialled before; null where none is ever held
/// @param connections what sets up an accepted one
public record Reception(AcceptGate gate, @Nullable HeldSyns held, ChannelHandler connections) {
  /// Without holding any SYN.
  public static Reception of(AcceptGate gate, ChannelHandler connections) {
    return new Reception(gate, null, connections);
  }
}
