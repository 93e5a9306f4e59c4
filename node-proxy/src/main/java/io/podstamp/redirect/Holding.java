package io.podstamp.redirect;

import io.netty.channel.ChannelHandler;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.ListeningSockets;
import io.podstamp.accept.PodListener;
import io.podstamp.hold.HeldSyns;
import io.podstamp.netlink.NetlinkException;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.SynQueueRule;
import io.podstamp.os.Errno;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether and how the SYNs of one Pod are held: by the best way that its kernel takes, and where
/// it takes none the Pod is captured all the same, without (`connect: early`).
final class Holding {
  private static final Logger log = LoggerFactory.getLogger(Holding.class);

  /// What the kernel answers about an expression that it does not know.
  private static final int EINVAL = 22;

  private final RedirectTools tools;
  private final Netns netns;
  private final HeldSyns held;
  private final Deque<SynQueueRule> untried;
  private boolean begun;
  private volatile String problem;

  Holding(RedirectTools tools, Netns netns, HeldSyns held) {
    this.tools = tools;
    this.netns = netns;
    this.held = held;
    this.untried = new ArrayDeque<>(tools.hold().rules());
    this.problem = tools.hold().problem();
  }

  /// Makes the Pod's listener.
  ///
  /// The queue has the number of its port, and two agents on one Node share neither: each finds the
  /// servers that it dialled behind its own listener only.
  ///
  /// @param ports which are tried, in this order
  /// @param inherited the port of an agent that listens there now or did before, to be shared with
  ///   it if nothing is held; 0 for none
  PodListener listen(
      List<Integer> ports,
      int inherited,
      AcceptGate gate,
      ChannelHandler connections,
      boolean holds)
      throws IOException {
    Made made =
        tools
            .doorway()
            .inside(
                netns,
                () ->
                    tools
                        .sysctls()
                        .whileListening(
                            ListeningSockets.BACKLOG, () -> makeHere(ports, inherited, holds)));
    if (made.queue() != null) {
      begin(made.queue());
    }
    return PodListener.start(tools.loops(), made.listening(), gate, connections);
  }

  /// What is made in one visit to the Pod's namespace.
  private record Made(ListeningSockets listening, HeldSyns.@Nullable Sockets queue) {}

  private Made makeHere(List<Integer> ports, int inherited, boolean holds) throws IOException {
    if (holds && !untried.isEmpty()) {
      for (int port : ports) {
        HeldSyns.Sockets queue = queueHere(port).orElse(null);
        if (queue == null) {
          continue;
        }
        ListeningSockets alone = null;
        try {
          alone = ListeningSockets.openAlone(PodSockets::bareHere, port);
        } finally {
          if (alone == null) {
            queue.close();
          }
        }
        if (alone != null) {
          return new Made(alone, queue);
        }
      }
    }
    return new Made(ListeningSockets.open(PodSockets::bareHere, ports, inherited), null);
  }

  private Optional<HeldSyns.Sockets> queueHere(int number) {
    try {
      return Optional.of(HeldSyns.Sockets.openHere(number));
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
      return Optional.empty();
    }
  }

  private void begin(HeldSyns.Sockets queue) {
    held.begin(queue);
    begun = true;
    problem = "";
  }

  /// Brings rules in, with a queue if the kernel takes one.
  interface Rules {
    /// Brings them in.
    ///
    /// @param queue null for none
    /// @return whether they were written
    boolean bring(@Nullable SynQueueRule queue) throws IOException;
  }

  /// Brings them in by the best way that the kernel takes.
  ///
  /// @param port the listener's
  /// @return whether they were written
  boolean bring(boolean holds, int port, Rules rules) throws IOException {
    if (holds && !begun && !untried.isEmpty()) {
      tools.doorway().inside(netns, () -> queueHere(port)).ifPresent(this::begin);
    }
    while (holds && begun && !untried.isEmpty()) {
      try {
        return rules.bring(untried.getFirst());
      } catch (NetlinkException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.EOPNOTSUPP && e.errno() != EINVAL) {
          throw e;
        }
        problem = "no queue (" + e.getMessage() + ")";
        untried.removeFirst();
      }
    }
    boolean written = rules.bring(null);
    if (holds && written) {
      log.warn("SYNs are not held: {}", problem);
    }
    return written;
  }

  /// Why SYNs are not held though they should be; empty otherwise.
  String problem() {
    return problem;
  }

  HeldSyns held() {
    return held;
  }
}
