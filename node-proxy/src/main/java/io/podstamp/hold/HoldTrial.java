package io.podstamp.hold;

import io.netty.channel.EventLoopGroup;
import io.podstamp.config.Destinations;
import io.podstamp.config.ListenPorts;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Loopback;
import io.podstamp.netns.Netns;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.SynMark;
import io.podstamp.netns.SynQueueRule;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Whether this kernel can hold SYNs: everything that [HeldSyns] does with one, done once in a
/// network namespace that is thrown away, between sockets on loopback. Takes some milliseconds;
/// needs the right to make a namespace (`CAP_SYS_ADMIN`).
public final class HoldTrial {

  /// Not below 1024: an agent may lack the right to listen there (`CAP_NET_BIND_SERVICE`).
  private static final int PORT = 8080;

  private static final int LISTENER = ListenPorts.ALL.getFirst();
  private static final int PATIENCE_MILLIS = 1_000;
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final String TO_LISTENER = "came to the listener";
  private static final String DIRECT = "went direct";

  /// What is told of the SYN to each address, and what its application has to see.
  private enum Case {
    REDIRECTED("127.0.0.2", SynMark.redirected(LISTENER), TO_LISTENER),
    PASSED("127.0.0.3", SynMark.PASS, DIRECT),
    REFUSED("127.0.0.4", SynMark.REFUSED, "Connection refused"),
    HOST_UNREACHABLE("127.0.0.5", SynMark.HOST_UNREACHABLE, "No route to host"),
    NET_UNREACHABLE("127.0.0.6", SynMark.NET_UNREACHABLE, "Network is unreachable");

    private final String address;
    private final int told;
    private final String seen;

    Case(String address, int told, String seen) {
      this.address = address;
      this.told = told;
      this.seen = seen;
    }
  }

  private final EventLoopGroup loops;
  private final Doorway doorway;
  private final Netns netns;

  private HoldTrial(EventLoopGroup loops, Doorway doorway, Netns netns) {
    this.loops = loops;
    this.doorway = doorway;
    this.netns = netns;
  }

  /// What it showed.
  ///
  /// @param rule the best that works; null if none does
  /// @param problem why none does; empty otherwise
  public record Result(@Nullable SynQueueRule rule, String problem) {}

  /// Tries one after the other.
  ///
  /// @throws IOException when no namespace can be made for it, so that nothing is known
  public static Result run(EventLoopGroup loops, Doorway doorway) throws IOException {
    try (Netns netns = Netns.make()) {
      HoldTrial trial = new HoldTrial(loops, doorway, netns);
      doorway.inside(
          netns,
          () -> {
            Loopback.up();
            return netns;
          });
      String problem = "";
      for (SynQueueRule rule : SynQueueRule.values()) {
        String wrong = trial.wrongWith(rule);
        if (wrong == null) {
          return new Result(rule, "");
        }
        problem = (problem.isEmpty() ? "" : problem + "; ") + rule + ": " + wrong;
      }
      return new Result(null, problem);
    }
  }

  private @Nullable String wrongWith(SynQueueRule rule) throws IOException {
    RedirectRules rules =
        new RedirectRules(
            new TreeSet<>(Set.of(PORT)),
            LISTENER,
            Set.of(Family.IPV4),
            Destinations.ALL,
            true,
            rule);
    try {
      if (!new RuleInstaller(doorway).installOnLoopback(netns, rules, LEASE)) {
        return "the kernel shows the rules otherwise than they were written";
      }
      try (SynQueue queue = doorway.inside(netns, () -> SynQueue.openHere(LISTENER));
          ServerSocket listener = listen(LISTENER);
          ServerSocket direct = listen(PORT)) {
        queue.start(loops.next(), syn -> answer(queue, syn));
        for (Case each : Case.values()) {
          String seen = connect(each.address, listener, direct);
          if (!seen.contains(each.seen)) {
            return each + ": " + seen + " (expected: " + each.seen + ")";
          }
        }
      }
      return null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void answer(SynQueue queue, Syn syn) {
    String to = syn.path().destination().getAddress().getHostAddress();
    for (Case each : Case.values()) {
      if (each.address.equals(to)) {
        queue.release(syn, each.told);
        return;
      }
    }
    queue.pass(syn);
  }

  private ServerSocket listen(int port) throws IOException {
    return doorway.inside(
        netns,
        () -> {
          ServerSocket socket = new ServerSocket(port, 8, InetAddress.ofLiteral("0.0.0.0"));
          socket.setSoTimeout(PATIENCE_MILLIS);
          return socket;
        });
  }

  /// What became of a connection, in the words of the kernel or ours.
  private String connect(String address, ServerSocket listener, ServerSocket direct)
      throws IOException {
    try (Socket socket = new Socket()) {
      doorway.inside(
          netns,
          () -> {
            socket.connect(
                new InetSocketAddress(InetAddress.ofLiteral(address), PORT), PATIENCE_MILLIS);
            return socket;
          });
      for (Map.Entry<ServerSocket, String> each :
          List.of(Map.entry(listener, TO_LISTENER), Map.entry(direct, DIRECT))) {
        if (accepts(each.getKey(), socket.getLocalPort())) {
          return each.getValue();
        }
      }
      return "connected, and nobody knows whereto";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// The connection is in one of the two queues by now.
  private static boolean accepts(ServerSocket server, int port) throws IOException {
    server.setSoTimeout(1);
    try (Socket accepted = server.accept()) {
      return accepted.getPort() == port;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    }
  }
}
