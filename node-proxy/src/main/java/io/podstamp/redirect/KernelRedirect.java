package io.podstamp.redirect;

import io.netty.channel.ChannelHandler;
import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.PodListener;
import io.podstamp.accept.Probe;
import io.podstamp.hold.HeldSyns;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.BlindSpots;
import io.podstamp.netns.Hold;
import io.podstamp.netns.Lease;
import io.podstamp.netns.Netns;
import io.podstamp.netns.PodSockets;
import io.podstamp.netns.ProxyTarget;
import io.podstamp.netns.Redirect;
import io.podstamp.netns.RedirectRules;
import io.podstamp.netns.SocketTable;
import io.podstamp.netns.SynQueueRule;
import io.podstamp.netns.Tenant;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open namespace with sysctls, lease, listener and rules of ours in it.
public final class KernelRedirect implements PodRedirect {
  private static final Logger log = LoggerFactory.getLogger(KernelRedirect.class);

  private final RedirectTools tools;
  private final Netns netns;
  private final Lease lease;
  private final AcceptGate gate;
  private final Holding holding;
  private final PodListener listener;
  private final Redirect rules;
  private final Proof proof = new Proof();
  private final BlindSpots looking = new BlindSpots();

  private volatile Wanted wanted;
  private volatile boolean draining;
  private volatile boolean neighbour;
  private volatile List<BlindSpot> blindSpots = List.of();
  private String blindSpotProblem = "";
  private volatile @Nullable Instant leaseEnds;

  private KernelRedirect(
      RedirectTools tools,
      Netns netns,
      Lease lease,
      AcceptGate gate,
      Holding holding,
      PodListener listener,
      Wanted wanted) {
    this.tools = tools;
    this.netns = netns;
    this.lease = lease;
    this.gate = gate;
    this.holding = holding;
    this.listener = listener;
    this.rules = new Redirect(lease);
    this.wanted = wanted;
  }

  /// Makes it: sysctls, lease and listener first, the rules last, so that nothing is redirected
  /// before somebody listens under the right settings, and a strict Pod's ways past them are
  /// refused from the start. When it fails, nothing of it remains.
  ///
  /// @param netns closed with this, or when this fails
  /// @param ports where its listener may be, in the order in which they are tried
  /// @param inherited the port of an agent that listens there now or did before; 0 for none
  /// @param gate closes while the Pod holds all that it may
  /// @param held the Pod's SYNs, if they are held
  /// @param connections what becomes of an accepted connection
  public static KernelRedirect open(
      RedirectTools tools,
      Netns netns,
      Wanted wanted,
      List<Integer> ports,
      int inherited,
      AcceptGate gate,
      HeldSyns held,
      ChannelHandler connections)
      throws IOException {
    PodListener listener = null;
    Lease lease = null;
    try {
      PodSockets.wakeLoopback(tools.doorway(), netns);
      tools.refusedSysctls().accept(tools.sysctls().apply(tools.doorway(), netns));
      lease = PodSockets.lease(tools.doorway(), netns, tools.tenant());
      if (hasNeighbour(tools, new Redirect(lease))) {
        throw new NeighbourException();
      }
      Holding holding = new Holding(tools, netns, held);
      gate.alsoTurns(held::gate);
      listener = holding.listen(ports, inherited, gate, connections, wanted.held());
      KernelRedirect made =
          new KernelRedirect(tools, netns, lease, gate, holding, listener, wanted);
      made.lookForBlindSpots();
      made.write();
      return made;
    } catch (IOException | RuntimeException e) {
      held.end();
      letGo(listener, lease, netns);
      throw e;
    }
  }

  @Override
  public void bring(Wanted now) throws IOException {
    wanted = now;
    draining = false;
    write();
  }

  @Override
  public void drain() throws IOException {
    if (!draining) {
      draining = true;
      try {
        write();
        lease.revoke();
      } catch (IOException | RuntimeException e) {
        draining = false; // the next call tries again
        throw e;
      }
    }
  }

  private void write() throws IOException {
    boolean leased = draining || wanted.leased();
    Duration lasting = draining ? Duration.ZERO : tools.bypass().lease();
    List<ProxyTarget> targets =
        draining ? wanted.targets().stream().map(ProxyTarget::released).toList() : wanted.targets();
    holding.held().mayPass(leased);
    boolean written =
        holding.bring(
            wanted.held() && !draining,
            listener.port(),
            queue ->
                rules.bring(
                    new RedirectRules(
                        wanted.ports(),
                        listener.port(),
                        listener.families(),
                        wanted.destinations(),
                        leased,
                        queue,
                        !leased && !blindSpots.isEmpty(),
                        targets),
                    lasting));
    if (written) {
      proof.expire();
      leaseEnds = leased && !draining ? Instant.now().plus(lasting) : null;
    } else if (!draining) {
      keep(lasting);
    }
  }

  @Override
  public @Nullable String verify() {
    if (!isListening()) {
      return "the listener is closed";
    }
    lookForBlindSpots();
    String difference = lookForNeighbour();
    if (difference == null) {
      difference = rules.difference();
    }
    return difference == null && isProbeDue() ? probe() : difference;
  }

  /// They are told, and what passes them is refused where that can be done: no reason to repair.
  private void lookForBlindSpots() {
    try {
      blindSpots = looking.look(tools.doorway(), netns, lease);
      blindSpotProblem = "";
    } catch (IOException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(blindSpotProblem)) {
        log.warn("which ways traffic takes in a Pod cannot be told: {}", problem);
        blindSpotProblem = problem;
      }
    }
  }

  @Override
  public List<BlindSpot> blindSpots() {
    return blindSpots;
  }

  /// Anybody who came since wrote rules.
  private @Nullable String lookForNeighbour() {
    try {
      rules.requireUntouched();
      return neighbour ? NeighbourException.SENTENCE : null;
    } catch (IOException touched) {
      try {
        neighbour = hasNeighbour(tools, rules);
        return neighbour ? NeighbourException.SENTENCE : null;
      } catch (IOException e) {
        return e.getMessage();
      }
    }
  }

  private static boolean hasNeighbour(RedirectTools tools, Redirect rules) throws IOException {
    return tools.tenant() == Tenant.AGENT && rules.has(Tenant.SIDECAR);
  }

  @Override
  public boolean hasNeighbour() {
    return neighbour;
  }

  @Override
  public void repair() throws IOException {
    rules.distrust();
    proof.expire();
    write();
  }

  @Override
  public boolean isProbeDue() {
    if (!listener.families().contains(Family.IPV4)) {
      proof.skip("probes are made in IPv4, which the Pod has not");
      return false;
    }
    if (!wanted.destinations().captureProbes()) {
      proof.skip("the address for it is among the excluded destinations");
      return false;
    }
    return proof.isDue() && !draining && isUnrestrained();
  }

  private boolean isUnrestrained() {
    return tools.bypass().cause() == null && !gate.isClosed();
  }

  @Override
  public @Nullable String probe() {
    long restraintsBefore = restraints();
    boolean wasUnrestrained = isUnrestrained();
    return proof.renew(
        this::makeProbe,
        () -> wasUnrestrained && isUnrestrained() && restraints() == restraintsBefore);
  }

  private long restraints() {
    return (long) gate.closings() + tools.bypass().episodes();
  }

  private Probe.Outcome makeProbe() throws IOException {
    Probe.Outcome outcome =
        Probe.make(
            tools.loops(),
            () -> PodSockets.probe(tools.doorway(), netns),
            wanted.ports().getFirst());
    tools.metrics().probed(outcome != Probe.Outcome.NOT_CAPTURED);
    return outcome;
  }

  @Override
  public Proof proof() {
    return proof;
  }

  @Override
  public void keep(Duration lasting) throws IOException {
    RedirectRules written = rules.written();
    if (draining || written == null) {
      return;
    }
    if (!written.leased()) {
      rules.requireUntouched();
    } else if (lasting.isPositive()) {
      lease.renew(lasting);
      leaseEnds = Instant.now().plus(lasting);
    } else {
      lease.revoke();
      leaseEnds = Instant.now();
      holding.held().passAll(); // what an event loop that hangs would hold for ever
    }
  }

  @Override
  public void revoke() throws IOException {
    if (wanted.leased()) {
      draining = true;
      lease.revoke();
    }
  }

  @Override
  public String restraint() {
    String trouble = tools.bypass().cause();
    if (trouble != null) {
      return trouble
          + (wanted.leased()
              ? ": new connections go direct"
              : ": new connections may have to wait");
    }
    if (gate.isClosed()) {
      return gate.reason() + ": new connections wait";
    }
    String detour = holding.held().detour();
    if (!detour.isEmpty()) {
      return detour + ": new connections go direct";
    }
    return holding.held().isWithoutPorts()
        ? "no local port was free for connections of ours (EADDRNOTAVAIL, net.ipv4.ip_local_port_range):"
            + (wanted.leased() ? " some new connections go direct" : " some new connections wait")
        : "";
  }

  @Override
  public @Nullable Instant leaseEnds() {
    return leaseEnds;
  }

  @Override
  public int port() {
    return listener.port();
  }

  @Override
  public boolean isListening() {
    return listener.isOpen();
  }

  @Override
  public void stopListening() {
    holding.held().end();
    listener.closeWhenTaken();
  }

  @Override
  public Hold hold() {
    RedirectRules written = rules.written();
    SynQueueRule queue = written == null ? null : written.queue();
    return new Hold(queue, queue == null && wanted.held() ? holding.problem() : "");
  }

  @Override
  public boolean isBusy() throws IOException {
    return SocketTable.isBusy(tools.doorway(), netns, port());
  }

  @Override
  public void removeRules() throws IOException {
    rules.remove();
  }

  @Override
  public void close() throws IOException {
    holding.held().end();
    letGo(listener, lease, netns);
  }

  private static void letGo(@Nullable PodListener listener, @Nullable Lease lease, Netns netns)
      throws IOException {
    if (listener != null) {
      listener.close();
    }
    try {
      if (lease != null) {
        lease.close();
      }
    } finally {
      netns.close();
    }
  }
}
