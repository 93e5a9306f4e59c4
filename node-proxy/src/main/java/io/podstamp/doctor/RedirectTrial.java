package io.podstamp.doctor;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.accept.OriginalDestinationLookup;
import io.podstamp.accept.PodListener;
import io.podstamp.config.Destinations;
import io.podstamp.config.Labels;
import io.podstamp.hold.HoldTrial;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Lease;
import io.podstamp.netns.Loopback;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Tenant;
import io.podstamp.pod.Family;
import io.podstamp.upstream.EventLoops;
import io.podstamp.upstream.OriginalDestination;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What a captured Pod needs of its Node's kernel, done for once: a listener, the rules, a lease,
/// and two sockets on loopback between which a connection is redirected. To be run in a network
/// namespace that has nothing else ([TrialProcess]); writes its findings a line each.
public final class RedirectTrial {
  private static final int PORT = 80;
  private static final int PATIENCE_MILLIS = 3_000;
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PrintStream out;
  private final BlockingQueue<OriginalDestination> accepted = new LinkedBlockingQueue<>();

  public RedirectTrial(PrintStream out) {
    this.out = out;
  }

  /// Ends this process when whoever asked has gone.
  public static void endWithInput() {
    Thread.ofPlatform()
        .name("parent-watch")
        .daemon()
        .start(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is ever said to it.
                }
              } catch (IOException gone) {
                // As good as the end.
              }
              Runtime.getRuntime().halt(1);
            });
  }

  /// Tries everything; its threads end with the process. Stops at what does not work, since what
  /// comes after needs it.
  public void run() throws IOException {
    // First of all: Java decides once whether there is IPv6, by whether an interface has an
    // address.
    Loopback.up();
    try (Doorway doorway = new Doorway()) {
      EventLoopGroup loops = EventLoops.start(1);
      Netns here = Netns.home();
      try (PodListener listener =
              PodListener.open(
                  loops,
                  family -> PodSockets.listener(doorway, here, family),
                  0,
                  AcceptGate.of(Capacity.unlimited()),
                  new Accepting());
          Lease lease = PodSockets.lease(doorway, here, Tenant.AGENT)) {
        RedirectRules rules =
            new RedirectRules(
                new TreeSet<>(Set.of(PORT)),
                listener.port(),
                listener.families(),
                Destinations.ALL,
                true,
                null);
        boolean isShownSo = new RuleInstaller(doorway).installOnLoopback(here, rules, LEASE);
        tell(
            isShownSo
                ? Finding.ok("nf_tables", "takes nat rules and timeout sets in an inet table")
                : Finding.warn(
                    "nf_tables",
                    "shows the rules otherwise than they were written: they will be written again"
                        + " after every change that others make",
                    "report it with this kernel's version and `nft list ruleset` of a captured Pod"));
        redirects(listener);
        lease(lease);
        hold(loops, doorway);
      } catch (IOException e) {
        tell(
            Finding.fail(
                "nf_tables",
                String.valueOf(e.getMessage()),
                "the kernel modules nf_tables, nft_chain_nat, nft_redir and nf_conntrack"));
      }
    }
  }

  private void redirects(PodListener listener) {
    for (Family family : Family.values()) {
      // Any address of 127/8 is local; of IPv6 there is but one.
      String destination = family == Family.IPV4 ? "127.0.0.2" : "::1";
      if (listener.families().contains(family)) {
        String wrong = redirect(destination);
        tell(
            wrong == null
                ? Finding.ok(
                    "redirect " + label(family),
                    "reaches the listener, which learns where it was going")
                : Finding.fail(
                    "redirect " + label(family),
                    wrong,
                    "the kernel modules nft_redir and nf_conntrack; rules of the Node do not apply here"));
      } else {
        tell(
            Finding.ok(
                "redirect " + label(family), "this kernel has no such family; it is left out"));
      }
    }
  }

  private void lease(Lease lease) throws IOException {
    lease.revoke();
    boolean direct = "connection refused".equals(redirect("127.0.0.2"));
    lease.renew(LEASE);
    boolean again = redirect("127.0.0.2") == null;
    tell(
        direct && again
            ? Finding.ok("lease", "without it connections go direct, with it they are redirected")
            : Finding.fail(
                "lease",
                direct
                    ? "the redirect does not come back with it"
                    : "the redirect works without it",
                "a kernel whose nf_tables has sets with timeouts"));
  }

  private void hold(EventLoopGroup loops, Doorway doorway) throws IOException {
    HoldTrial.Result shown = HoldTrial.run(loops, doorway);
    tell(
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
    try (Socket socket = new Socket()) {
      socket.connect(to, PATIENCE_MILLIS);
      OriginalDestination told = accepted.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      return told == null
          ? "SO_ORIGINAL_DST does not tell where a redirected connection was going"
          : told.address().equals(to) ? null : "SO_ORIGINAL_DST tells " + told.address();
    } catch (IOException e) {
      return e instanceof java.net.ConnectException ? "connection refused" : e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private static String label(Family family) {
    return family == Family.IPV4 ? "IPv4" : "IPv6";
  }

  private void tell(Finding finding) {
    out.println(JSON.writeValueAsString(finding));
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
