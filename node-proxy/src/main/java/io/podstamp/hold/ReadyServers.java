package io.podstamp.hold;

import io.podstamp.upstream.AheadDial;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Servers that have answered and wait for their applications to be accepted, on whichever event
/// loop that is. For any thread.
final class ReadyServers {
  private final Map<Syn.Path, HeldSyn> all = new ConcurrentHashMap<>();
  private final AtomicLong claims = new AtomicLong();

  void add(HeldSyn syn) {
    all.put(syn.path(), syn);
  }

  /// Takes one out.
  ///
  /// @return false if somebody else has it
  boolean remove(HeldSyn syn) {
    return all.remove(syn.path(), syn);
  }

  @Nullable HeldSyn get(Syn.Path path) {
    return all.get(path);
  }

  Collection<HeldSyn> all() {
    return all.values();
  }

  int count() {
    return all.size();
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /// How many applications came for a server so far, also in vain.
  long claims() {
    return claims.get();
  }

  /// Takes the server that was dialled for an application.
  ///
  /// Its own port may not be what it was: NAT gives an accepted connection another one where its
  /// own is taken. Then any server will do that was dialled from the same address to the same
  /// destination, since nothing was said on it yet: who comes for that one takes another likewise.
  ///
  /// @return null when none was
  AheadDial.@Nullable Server claim(InetSocketAddress source, InetSocketAddress destination) {
    if (all.isEmpty()) {
      return null;
    }
    claims.incrementAndGet();
    HeldSyn claimed = all.remove(new Syn.Path(source, destination));
    if (claimed == null) {
      claimed =
          all.values().stream()
              .filter(other -> other.goesFrom(source.getAddress(), destination))
              .filter(this::remove)
              .findFirst()
              .orElse(null);
    }
    return claimed == null ? null : claimed.claimed();
  }
}
