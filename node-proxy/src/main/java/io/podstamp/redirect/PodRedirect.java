package io.podstamp.redirect;

import io.podstamp.config.Destinations;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.Hold;
import io.podstamp.netns.ProxyTarget;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What one captured Pod has of ours in the kernel. Made whole in one step and taken down in one
/// step, by the agent and by the sidecar alike ([KernelRedirect]).
///
/// What changes something is called by the Pod's owner, one at a time; [#keep] and what only tells
/// may be called by any thread.
public interface PodRedirect extends AutoCloseable {
  /// Which connections are redirected.
  ///
  /// @param ports captured destination ports
  /// @param destinations which destinations are captured, beyond those that never are
  /// @param leased whether the redirect works only while the lease is alive (transparent), or
  ///   always (strict)
  /// @param held whether a SYN is held until its destination was dialled, where the kernel can
  /// @param targets what is captured beside all that
  record Wanted(
      SortedSet<Integer> ports,
      Destinations destinations,
      boolean leased,
      boolean held,
      List<ProxyTarget> targets) {
    public Wanted {
      ports = new TreeSet<>(ports);
      targets = List.copyOf(targets);
    }
  }

  /// Brings the kernel in line; does nothing when it is.
  void bring(Wanted now) throws IOException;

  /// New connections go direct from now on; the proxied ones live on.
  void drain() throws IOException;

  /// Compares what was made with what is there, and makes a connection inside the Pod when that is
  /// due.
  ///
  /// @return null when all is well, else what is wrong in a few words
  @Nullable String verify();

  /// Writes the rules again, whatever is there.
  void repair() throws IOException;

  /// Whether the next [#verify] makes a connection inside the Pod. None is made that would be seen
  /// to go direct or to wait by intent.
  boolean isProbeDue();

  /// Makes a connection inside the Pod. It counts only if new connections were neither held back
  /// nor let past all the while.
  ///
  /// @return null unless it was not captured; else what is wrong
  @Nullable String probe();

  /// What probes have shown.
  Proof proof();

  /// Keeps the redirect working, or ends that. Rules that work without a lease are looked at
  /// instead: their renewal would not fail when somebody flushes them.
  ///
  /// @param lasting from now; zero: the next connections go direct
  /// @throws IOException when the rules are not what they were: the owner should look
  void keep(Duration lasting) throws IOException;

  /// New connections of a Pod that need not be captured go direct from now on, whoever renews.
  void revoke() throws IOException;

  /// What keeps new connections from being captured, in one clause; empty when nothing does.
  String restraint();

  /// Whether SYNs are held.
  Hold hold();

  /// By which ways traffic leaves the Pod past its rules, by the last [#verify].
  default List<BlindSpot> blindSpots() {
    return List.of();
  }

  /// When the redirect ends if nobody renews it; null when it does not depend on a lease.
  @Nullable Instant leaseEnds();

  /// Whether a sidecar was found to redirect the Pod's connections too, by the last [#verify].
  boolean hasNeighbour();

  /// Where the listener is bound, the same in both families.
  int port();

  /// Whether every listening socket is open.
  boolean isListening();

  /// No new connections. Those that wait to be accepted are taken first, or move to the next
  /// agent's listener if it shares the port.
  void stopListening();

  /// Whether the kernel still works for a proxied connection: one that waits to be accepted, or is
  /// closed here and has not brought its last bytes to the application. Without our rules it would
  /// be reset.
  boolean isBusy() throws IOException;

  /// Takes the rules out; connections that are still proxied are reset by it.
  void removeRules() throws IOException;

  /// Lets go of listener, lease and namespace. Rules stay, so that a next agent's are not taken
  /// out.
  @Override
  void close() throws IOException;
}
