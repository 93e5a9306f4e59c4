package io.podstamp.capture;

import io.netty.channel.EventLoopGroup;
import io.podstamp.accept.Capacity;
import io.podstamp.config.Config;
import io.podstamp.config.ConnectionLog;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Identifier;
import io.podstamp.identity.Lookup;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.lease.Bypass;
import io.podstamp.metrics.ConnectionLogger;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.Netns;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Sysctls;
import io.podstamp.netns.Tenant;
import io.podstamp.netns.TestNetns;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import io.podstamp.policy.Policies;
import io.podstamp.redirect.HoldSupport;
import io.podstamp.redirect.RedirectTools;
import io.podstamp.signing.Signers;
import io.podstamp.store.AttachmentFiles;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The agent without API server, socket and command line: a real reconciler on a Node of
/// namespaces.
public final class TestAgent implements AutoCloseable {
  public static final Map<String, String> ENABLED = Map.of("podstamp.io/enabled", "true");
  public static final Map<String, String> STRICT =
      Map.of("podstamp.io/enabled", "true", "podstamp.io/profile", "strict");

  public final KnownNamespaces namespaces = new KnownNamespaces();
  public final NodeMetrics metrics = new NodeMetrics();
  public final Policies policies;
  public final Reconciler reconciler;
  public volatile Config config = Config.DEFAULT;
  private final Capacity capacity = Capacity.unlimited();
  private final ConnectionLogger log =
      ConnectionLogger.start(
          () -> ConnectionLog.OFF, (from, to) -> null, (line, isLast) -> {}, metrics.exposition());
  private final EventLoopGroup loops = EventLoops.start(2);
  public final Doorway doorway = new Doorway();

  public TestAgent(Path stateDir) throws IOException {
    this(stateDir, HoldSupport::find);
  }

  /// @param hold what is taken for what this kernel can
  public TestAgent(Path stateDir, BiFunction<EventLoopGroup, Doorway, HoldSupport> hold)
      throws IOException {
    KernelCaptures captures =
        new KernelCaptures(
            new RedirectTools(
                Tenant.AGENT,
                loops,
                doorway,
                new RuleInstaller(doorway),
                new Sysctls(Path.of("/proc/sys/net")),
                refused -> {},
                Bypass.of(capacity),
                hold.apply(loops, doorway),
                metrics),
            new Identifier(namespaces, "n1"),
            () -> config,
            capacity,
            log,
            Signers.ofKeys(InstantSource.system()));
    policies =
        new Policies(
            () -> config,
            namespaces,
            pod -> new Lookup.Answer(new Lookup.Found.Absent<>(), new Lookup.Found.Absent<>()));
    reconciler =
        new Reconciler(captures, new AttachmentFiles(stateDir), policies, Reconciler.VERIFY_EVERY);
  }

  /// What CNI would tell of a Pod in that namespace.
  public static Attachment attachment(String namespace, String name, TestNetns netns)
      throws IOException {
    try (Netns opened = Netns.openPod(netns.path())) {
      return new Attachment(
          "container-" + name,
          "eth0",
          netns.path(),
          opened.id().inode(),
          new PodRef(namespace, name, "uid-" + name),
          List.of(InetAddress.ofLiteral("10.1.2.3")),
          Map.of());
    }
  }

  /// What the API server would tell of a Pod.
  public static PodRecord record(
      String namespace, String name, PodRecord.Life life, List<InetAddress> ips, boolean host) {
    return new PodRecord(
        new PodRef(namespace, name, "uid-" + name),
        ips,
        name,
        null,
        Map.of(),
        Map.of(),
        new Workload("Pod", name),
        null,
        host,
        false,
        life,
        Instant.MIN,
        null,
        Set.of(),
        List.of());
  }

  /// A Pod whose containers declare ports.
  public static PodRecord declaring(PodRecord pod, Set<Integer> ports) {
    return new PodRecord(
        pod.ref(),
        pod.ips(),
        pod.hostname(),
        pod.serviceAccount(),
        pod.labels(),
        pod.annotations(),
        pod.workload(),
        pod.nodeIp(),
        pod.hostNetwork(),
        pod.linkerdContainer(),
        pod.life(),
        pod.startedAt(),
        pod.runtimeClass(),
        ports,
        pod.nodeIps());
  }

  public PodStatus onlyStatus() {
    List<PodStatus> all = reconciler.status();
    if (all.size() != 1) {
      throw new AssertionError("expected one Pod, found " + all);
    }
    return all.getFirst();
  }

  /// Looks at every Pod, as the clock has it done, and waits.
  public void verify() {
    CompletableFuture.allOf(
            reconciler.owners().map(PodOwner::verify).toArray(CompletableFuture[]::new))
        .join();
  }

  /// Has its event loops do nothing.
  ///
  /// @return lets them go on
  public Runnable hang() {
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    Phaser hanging = new Phaser(1);
    loops.forEach(
        loop -> {
          hanging.register();
          loop.execute(
              () -> {
                hanging.arriveAndDeregister();
                goOn.join();
              });
        });
    hanging.arriveAndAwaitAdvance();
    return () -> goOn.complete(null);
  }

  @Override
  public void close() {
    reconciler.close();
    reconciler.status().forEach(status -> detach(status.attachment().id()));
    doorway.close();
    try {
      log.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void detach(String id) {
    try {
      reconciler.detach(id);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// A directory that finds Pods by address only, and none at first: what an agent knows right
  /// after its start.
  public static final class KnownNamespaces implements Directory {
    public final List<PodRecord> pods = new ArrayList<>();
    public final Map<String, PodRecord> named = new ConcurrentHashMap<>();
    public final Map<String, Map<String, String>> annotations = new ConcurrentHashMap<>();

    @Override
    public @Nullable PodRecord byIp(InetAddress ip) {
      return pods.stream().filter(pod -> pod.ips().contains(ip)).findFirst().orElse(null);
    }

    @Override
    public @Nullable PodRecord byUid(String uid) {
      return named.get(uid);
    }

    @Override
    public @Nullable PodRecord byName(String namespace, String name) {
      return null;
    }

    @Override
    public Collection<PodRecord> pods() {
      return pods;
    }

    @Override
    public @Nullable NamespaceRecord namespace(String name) {
      Map<String, String> known = annotations.get(name);
      return known == null ? null : new NamespaceRecord("uid-" + name, known);
    }

    @Override
    public Set<String> namespaces() {
      return annotations.keySet();
    }

    @Override
    public void onChange(Consumer<Change> listener) {
      throw new AssertionError("the composition root listens");
    }

    @Override
    public boolean synced() {
      return true;
    }
  }
}
