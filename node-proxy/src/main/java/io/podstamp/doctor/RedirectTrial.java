package io.podstamp.doctor;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Socket;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.accept.ListeningSockets;
import io.podstamp.accept.OriginalDestinationLookup;
import io.podstamp.accept.PodListener;
import io.podstamp.config.Destinations;
import io.podstamp.config.Labels;
import io.podstamp.hold.HoldTrial;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Lease;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Tenant;
import io.podstamp.pod.Family;
import io.podstamp.upstream.EventLoops;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a captured Pod needs of its Node's kernel, done for once in a network namespace that is
/// thrown away: a listener, the rules, a lease, and two sockets on loopback between which a
/// connection is redirected.
final class RedirectTrial {
  private static final int PORT = 80;
  private static final int PATIENCE_MILLIS = 3_000;
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final String REFUSED = "connection refused";

  private final EventLoopGroup loops;
  private final Doorway doorway;
  private final Netns netns;
  private final List<Finding> findings = new ArrayList<>();
  private final BlockingQueue<OriginalDestination> accepted = new LinkedBlockingQueue<>();

  private RedirectTrial(EventLoopGroup loops, Doorway doorway, Netns netns) {
    this.loops = loops;
    this.doorway = doorway;
    this.netns = netns;
  }

  /// Tries everything. Stops at what does not work, since what comes after needs it.
  static List<Finding> run() {
    EventLoopGroup loops = EventLoops.start(1);
    try (Doorway doorway = new Doorway();
        Netns netns = Netns.make()) {
      RedirectTrial trial = new RedirectTrial(loops, doorway, netns);
      trial.tryAll();
      return trial.findings;
    } catch (IOException e) {
      return List.of(
          Finding.fail(
              "redirect",
              "no redirect could be tried in a namespace of its own: " + e.getMessage(),
              "run it as root, or in the agent's container"));
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private void tryAll() throws IOException {
    PodSockets.wakeLoopback(doorway, netns);
    try (PodListener listener =
            PodListener.start(
                loops,
                doorway.inside(netns, () -> ListeningSockets.open(PodSockets::bareHere, 0)),
                AcceptGate.of(Capacity.unlimited()),
                new Accepting());
        Lease lease = PodSockets.lease(doorway, netns, Tenant.AGENT)) {
      RedirectRules rules =
          new RedirectRules(
              new TreeSet<>(Set.of(PORT)),
              listener.port(),
              listener.families(),
              Destinations.ALL,
              true,
              null);
      boolean isShownSo = new RuleInstaller(doorway).installOnLoopback(netns, rules, LEASE);
      findings.add(
          isShownSo
              ? Finding.ok("nf_tables", "takes nat rules and timeout sets in an inet table")
              : Finding.warn(
                  "nf_tables",
                  "shows the rules otherwise than they were written: they will be written again"
                      + " after every change that others make",
                  "report it with this kernel's version and `nft list ruleset` of a captured Pod"));
      redirects(listener);
      lease(lease);
      hold();
    } catch (IOException e) {
      findings.add(
          Finding.fail(
              "nf_tables",
              String.valueOf(e.getMessage()),
              "the kernel modules nf_tables, nft_chain_nat, nft_redir and nf_conntrack"));
    }
  }

  private void redirects(PodListener listener) {
    for (Family family : Family.values()) {
      // Any address of 127/8 is local; of IPv6 there is but one.
      String destination = family == Family.IPV4 ? "127.0.0.2" : "::1";
      if (listener.families().contains(family)) {
        String wrong = redirect(destination);
        findings.add(
            wrong == null
                ? Finding.ok(
                    "redirect " + label(family),
                    "reaches the listener, which learns where it was going")
                : Finding.fail(
                    "redirect " + label(family),
                    wrong,
                    "the kernel modules nft_redir and nf_conntrack; rules of the Node do not apply here"));
      } else {
        findings.add(
            Finding.ok(
                "redirect " + label(family), "this kernel has no such family; it is left out"));
      }
    }
  }

  private void lease(Lease lease) throws IOException {
    lease.revoke();
    boolean direct = REFUSED.equals(redirect("127.0.0.2"));
    lease.renew(LEASE);
    boolean again = redirect("127.0.0.2") == null;
    findings.add(
        direct && again
            ? Finding.ok("lease", "without it connections go direct, with it they are redirected")
            : Finding.fail(
                "lease",
                direct
                    ? "the redirect does not come back with it"
                    : "the redirect works without it",
                "a kernel whose nf_tables has sets with timeouts"));
  }

  private void hold() throws IOException {
    HoldTrial.Result shown = HoldTrial.run(loops, doorway);
    findings.add(
        shown.rule() == null
            ? Finding.warn(
                "hold",
                "SYNs cannot be held ("
                    + shown.problem()
                    + "): connect() of a captured destination succeeds before it was dialled",
                "a kernel with NETFILTER_NETLINK_QUEUE, and NFT_QUEUE or both NFT_COMPAT and"
                    + " NETFILTER_XT_TARGET_NFQUEUE; and NFT_REJECT_INET")
            : Finding.ok(
                "hold",
                "SYNs are held until their destination has answered, by "
                    + Labels.of(shown.rule())));
  }

  /// @return null when the connection came to the listener and its destination was told, else what
  ///   happened
  private @Nullable String redirect(String destination) {
    InetSocketAddress to = new InetSocketAddress(InetAddress.ofLiteral(destination), PORT);
    try {
      Socket socket = PodSockets.bareUpstream(netns, Family.of(to.getAddress()));
      try {
        connect(socket, to);
        OriginalDestination told = accepted.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        return told == null
            ? "SO_ORIGINAL_DST does not tell where a redirected connection was going"
            : told.address().equals(to) ? null : "SO_ORIGINAL_DST tells " + told.address();
      } finally {
        socket.close();
      }
    } catch (IOException e) {
      return e instanceof ConnectException ? REFUSED : e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /// Of a socket that does not block; on loopback it is a matter of microseconds.
  private static void connect(Socket socket, InetSocketAddress to)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    boolean connected = socket.connect(to);
    while (!connected) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("no answer within " + PATIENCE_MILLIS + " ms");
      }
      TimeUnit.MILLISECONDS.sleep(1);
      connected = socket.finishConnect();
    }
  }

  private static String label(Family family) {
    return family == Family.IPV4 ? "IPv4" : "IPv6";
  }

  @io.netty.channel.ChannelHandler.Sharable
  private final class Accepting extends ChannelInitializer<SocketChannel> {
    private final OriginalDestinationLookup lookup = OriginalDestinationLookup.conntrack();

    @Override
    protected void initChannel(SocketChannel connection) {
      OriginalDestination told = lookup.of(connection);
      if (told != null) {
        accepted.add(told);
      }
      connection.close();
    }
  }
}
