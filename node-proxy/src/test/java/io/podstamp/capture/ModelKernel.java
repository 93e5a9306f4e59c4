package io.podstamp.capture;

import io.podstamp.accept.AcceptGate;
import io.podstamp.accept.Capacity;
import io.podstamp.config.Limits;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Identifier;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Hold;
import io.podstamp.netns.ShadowRules;
import io.podstamp.pod.Attachment;
import io.podstamp.redirect.PodRedirect;
import io.podstamp.redirect.Proof;
import io.podstamp.redirect.Proofs;
import io.podstamp.signing.Signers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The kernel of a Node in the model: namespaces, what is in them, and who has them open. It holds
/// the agents to their contract with it.
@SuppressWarnings("ReferenceEquality") // an agent is told by its identity
final class ModelKernel {
  private static final NodeMetrics METRICS = new NodeMetrics();

  private final Baton baton;
  private final ModelFaults faults;
  private final List<Netns> all = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private volatile boolean refusing;

  ModelKernel(Baton baton, ModelFaults faults) {
    this.baton = baton;
    this.faults = faults;
  }

  /// Rules of ours in a namespace.
  sealed interface Rules {
    SortedSet<Integer> ports();
  }

  record Redirecting(SortedSet<Integer> ports, int port, boolean leased) implements Rules {}

  record Counting(SortedSet<Integer> ports) implements Rules {}

  /// One namespace.
  static final class Netns {
    final long inode;
    final Path path;
    boolean exists = true;
    boolean busy;
    @Nullable Rules rules;
    final Set<Handle> held = new HashSet<>();

    Netns(long inode) {
      this.inode = inode;
      this.path = Path.of("/run/netns/cni-" + inode);
    }

    /// How many handles an agent has of it.
    long heldBy(Object agent) {
      return held.stream().filter(one -> one.agent().equals(agent)).count();
    }
  }

  interface Handle {
    Object agent();
  }

  Netns create() {
    Netns netns = new Netns(4026532000L + all.size());
    all.add(netns);
    return netns;
  }

  List<Netns> all() {
    return all;
  }

  /// No rules can be written from now on, or they can again.
  void refuseRules(boolean on) {
    refusing = on;
  }

  /// What agents did that they must not do.
  List<String> violations() {
    return violations;
  }

  /// The process is gone: so is what it held. Rules stay.
  void endOf(Object agent) {
    all.forEach(netns -> netns.held.removeIf(one -> one.agent().equals(agent)));
  }

  /// The namespace of an attachment; null if the agent never saw one.
  @Nullable Netns find(Attachment attachment) {
    return all.stream()
        .filter(netns -> netns.inode == attachment.netnsInode())
        .findFirst()
        .orElse(null);
  }

  /// The kernel as one agent reaches it.
  ///
  /// @param mayWrite asked at each write of rules
  Captures captures(Object agent, Directory directory, BooleanSupplier mayWrite) {
    return new Reach(agent, new Identifier(directory, "n1"), mayWrite);
  }

  private final class Reach implements Captures {
    private final Object agent;
    private final Identifier identifier;
    private final BooleanSupplier mayWrite;
    private final Set<Netns> beingWritten = new HashSet<>();

    Reach(Object agent, Identifier identifier, BooleanSupplier mayWrite) {
      this.agent = agent;
      this.identifier = identifier;
      this.mayWrite = mayWrite;
    }

    @Override
    public boolean hasNetns(Attachment attachment) {
      baton.step();
      Netns netns = find(attachment);
      return netns != null && netns.exists;
    }

    private Netns open(Attachment attachment) throws IOException {
      faults.step("open netns");
      Netns netns = find(attachment);
      if (netns == null || !netns.exists) {
        throw new IOException(attachment.netns() + ": not there");
      }
      return netns;
    }

    @Override
    public PodCapture open(Attachment attachment, PodPolicy policy, int port) throws IOException {
      Redirect redirect = new Redirect(this, open(attachment), PodCapture.redirected(policy), port);
      try {
        redirect.write();
      } catch (IOException | RuntimeException e) {
        redirect.netns.held.remove(redirect);
        throw e;
      }
      PodLimits limits = PodLimits.of(attachment.id(), () -> Limits.DEFAULT, Capacity.unlimited());
      return new PodCapture(
          redirect,
          new PodTraffic(
              attachment,
              policy,
              identifier,
              limits,
              new AcceptGate(Capacity.unlimited(), limits),
              METRICS.meter(),
              Signers.ofKeys(InstantSource.system())));
    }

    @Override
    public PodShadow shadow(Attachment attachment) throws IOException {
      return new Shadow(this, open(attachment));
    }

    @Override
    public boolean removeInherited(Attachment attachment, int port) throws IOException {
      Netns netns = open(attachment);
      if (netns.heldBy(agent) > 0) {
        violations.add("rules are taken out beneath a capture or shadow that is held");
      }
      if (port != 0 && netns.busy) {
        return false;
      }
      put(netns, null);
      return true;
    }

    void put(Netns netns, @Nullable Rules rules) throws IOException {
      if (!beingWritten.add(netns)) {
        violations.add("two threads write the rules of one namespace at once");
      }
      try {
        putAlone(netns, rules);
      } finally {
        beingWritten.remove(netns);
      }
    }

    private void putAlone(Netns netns, @Nullable Rules rules) throws IOException {
      faults.step("nft, nothing written");
      if (refusing) {
        throw new IOException("busy");
      }
      if (!mayWrite.getAsBoolean()) {
        violations.add("a retired agent writes rules");
      }
      netns.rules = rules;
      faults.step("nft, written");
    }

    void hold(Netns netns, Handle handle) {
      if (netns.heldBy(agent) > 0) {
        violations.add("a namespace is held twice by one agent");
      }
      netns.held.add(handle);
    }

    void letGo(Netns netns, Handle handle) throws IOException {
      baton.step();
      if (!netns.held.remove(handle)) {
        violations.add("closed twice");
      }
      faults.step("close");
    }

    @Override
    public void repaired() {}

    @Override
    public void renewed(boolean success) {}
  }

  private final class Redirect implements PodRedirect, Handle {
    private final Reach by;
    private final Netns netns;
    private final int port;
    private final Proof proof = new Proof();
    private Wanted wanted;
    private @Nullable Rules written;
    private boolean draining;
    private boolean listening = true;

    Redirect(Reach by, Netns netns, Wanted wanted, int port) {
      this.by = by;
      this.netns = netns;
      this.wanted = wanted;
      this.port = port == 0 ? 15901 : port;
      by.hold(netns, this);
    }

    @Override
    public Object agent() {
      return by.agent;
    }

    void write() throws IOException {
      Rules rules = new Redirecting(wanted.ports(), port, draining || wanted.leased());
      if (!rules.equals(written)) {
        by.put(netns, rules);
        written = rules;
        Proofs.expire(proof);
      } else {
        faults.step("lease");
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
      draining = true;
      write();
    }

    @Override
    public @Nullable String verify() {
      faults.stepUnchecked("verify");
      if (!listening) {
        return "the listener is closed";
      }
      if (faults.isDue()) {
        return "cannot be read";
      }
      if (written == null || !written.equals(netns.rules)) {
        return "the rules were changed";
      }
      return isProbeDue() ? probe() : null;
    }

    @Override
    public void repair() throws IOException {
      written = null;
      Proofs.expire(proof);
      write();
    }

    @Override
    public boolean isProbeDue() {
      return Proofs.isDue(proof) && !draining;
    }

    @Override
    public @Nullable String probe() {
      baton.step();
      return Proofs.renew(proof, !faults.isDue());
    }

    @Override
    public Proof proof() {
      return proof;
    }

    @Override
    public void keep(Duration lasting) throws IOException {
      faults.step("keep");
      if (!draining && written != null && netns.rules == null) {
        throw new IOException("no lease");
      }
    }

    @Override
    public void revoke() throws IOException {
      faults.step("revoke");
    }

    @Override
    public String restraint() {
      return "";
    }

    @Override
    public Hold hold() {
      return Hold.NONE;
    }

    @Override
    public @Nullable Instant leaseEnds() {
      return null;
    }

    @Override
    public boolean hasNeighbour() {
      return false;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public boolean isListening() {
      return listening;
    }

    @Override
    public void stopListening() {
      baton.step();
      listening = false;
    }

    @Override
    public boolean isBusy() throws IOException {
      faults.step("socket table");
      return netns.busy;
    }

    @Override
    public void removeRules() throws IOException {
      by.put(netns, null);
      written = null;
    }

    @Override
    public void close() throws IOException {
      listening = false;
      by.letGo(netns, this);
    }
  }

  private final class Shadow implements PodShadow, Handle {
    private final Reach by;
    private final Netns netns;
    private @Nullable Rules written;

    Shadow(Reach by, Netns netns) {
      this.by = by;
      this.netns = netns;
      by.hold(netns, this);
    }

    @Override
    public Object agent() {
      return by.agent;
    }

    @Override
    public void follow(PodPolicy policy) throws IOException {
      Rules rules = new Counting(new TreeSet<>(policy.ports().value()));
      if (!rules.equals(written)) {
        by.put(netns, rules);
        written = rules;
      }
      faults.step("read counters");
      if (!rules.equals(netns.rules)) {
        throw new IOException("the counters are gone");
      }
    }

    @Override
    public void distrust() {
      written = null;
    }

    @Override
    public List<ShadowRules.Count> counts() {
      return List.of();
    }

    @Override
    public void removeRules() throws IOException {
      by.put(netns, null);
    }

    @Override
    public void close() throws IOException {
      by.letGo(netns, this);
    }
  }

  /// What should be in a namespace for a policy.
  static @Nullable Rules wanted(PodPolicy policy, int port) {
    SortedSet<Integer> ports = new TreeSet<>(policy.ports().value());
    return switch (policy.enablement().value()) {
      case DISABLED -> null;
      case SHADOW -> new Counting(ports);
      case ENABLED -> new Redirecting(ports, port, policy.profile().value() == Profile.TRANSPARENT);
    };
  }
}
