package io.podstamp.node;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netty.channel.EventLoopGroup;
import io.podstamp.accept.Capacity;
import io.podstamp.admin.AdminPorts;
import io.podstamp.admin.Readiness;
import io.podstamp.admin.ReadyFile;
import io.podstamp.adoption.Adoption;
import io.podstamp.capture.KernelCaptures;
import io.podstamp.capture.Reconciler;
import io.podstamp.cniserver.CniServer;
import io.podstamp.cniserver.CniVerbs;
import io.podstamp.config.ConfigWatch;
import io.podstamp.handover.GracefulShutdown;
import io.podstamp.handover.NodeLock;
import io.podstamp.handover.StandingBy;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Identifier;
import io.podstamp.kubernetes.ApiPulse;
import io.podstamp.kubernetes.KubernetesClients;
import io.podstamp.kubernetes.KubernetesDirectory;
import io.podstamp.kubernetes.KubernetesEvents;
import io.podstamp.kubernetes.KubernetesLookup;
import io.podstamp.kubernetes.KubernetesPodLocator;
import io.podstamp.kubernetes.KubernetesProbe;
import io.podstamp.kubernetes.KubernetesStatusWriter;
import io.podstamp.lease.Bypass;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.metrics.ConnectionLogger;
import io.podstamp.metrics.ConnectionSinks;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Doorway;
import io.podstamp.netns.HostConntrack;
import io.podstamp.netns.NetnsDirectory;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.Sysctls;
import io.podstamp.netns.Tenant;
import io.podstamp.pod.Attachment;
import io.podstamp.policy.Policies;
import io.podstamp.publish.Announcements;
import io.podstamp.publish.StrictNamespaces;
import io.podstamp.publish.WaitingPods;
import io.podstamp.redirect.HoldSupport;
import io.podstamp.redirect.RedirectTools;
import io.podstamp.signing.Signers;
import io.podstamp.store.AtomicFile;
import io.podstamp.store.AttachmentFiles;
import io.podstamp.task.BackgroundTask;
import io.podstamp.upstream.EventLoops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything that runs on a node, put together in the order data travels: who Pods are, what they
/// carry, how they are captured, who asks for it, who watches.
public final class NodeAgent {
  private static final Logger log = LoggerFactory.getLogger(NodeAgent.class);

  /// When one hangs, the others go on.
  private static final int FEWEST_LOOPS = 2;

  private static final Duration TOKEN_LOOK = Duration.ofSeconds(1);
  private static final Duration SYNC_CHECK = Duration.ofMillis(100);

  /// Connections need the rest of the time that a Pod gets to end.
  private static final Duration LONGEST_WITHDRAWAL = Duration.ofSeconds(10);

  private final CniServer cni;
  private final Adoption adoption;
  private final Announcements announcements;
  private final ApiPulse api;
  private final StrictNamespaces strict;
  private final AdminPorts ports;
  private final GracefulShutdown gracefulShutdown;
  private final NodeLock node;
  private final ConnectionLogger connectionLog;
  private final BackgroundTask tokens;
  private final Signers signers;
  private final @Nullable NodeInstall install;

  /// What the command line says.
  public record Settings(
      ConfigWatch config,
      String kubeconfig,
      String nodeName,
      Path socket,
      Path stateDir,
      Path netnsDir,
      Path cniResults,
      Path procSysNet,
      InetSocketAddress admin,
      InetSocketAddress metrics,
      boolean metricsPerPod,
      @Nullable Path connectionLog,
      @Nullable Path readyFile,
      boolean writeStatus,
      boolean events,
      Duration verifyEvery,
      @Nullable InstallSettings install) {}

  private NodeAgent(
      CniServer cni,
      Adoption adoption,
      Announcements announcements,
      ApiPulse api,
      StrictNamespaces strict,
      AdminPorts ports,
      GracefulShutdown gracefulShutdown,
      NodeLock node,
      ConnectionLogger connectionLog,
      BackgroundTask tokens,
      Signers signers,
      @Nullable NodeInstall install) {
    this.cni = cni;
    this.adoption = adoption;
    this.announcements = announcements;
    this.api = api;
    this.strict = strict;
    this.ports = ports;
    this.gracefulShutdown = gracefulShutdown;
    this.node = node;
    this.connectionLog = connectionLog;
    this.tokens = tokens;
    this.signers = signers;
    this.install = install;
  }

  /// Starts; when it returns, CNI is answered and the Pods of before are captured again. Waits
  /// while another agent holds the node.
  public static NodeAgent start(Settings settings) throws IOException {
    KubernetesClient client = KubernetesClients.open(settings.kubeconfig());
    KubernetesDirectory directory = new KubernetesDirectory(client, settings.nodeName());
    directory.start();
    Identifier identifier = new Identifier(directory, settings.nodeName());

    NodeLock node = NodeLock.open(settings.stateDir());
    NodeMetrics metrics = new NodeMetrics();
    ConnectionLogger connectionLog = connectionLog(settings, metrics);
    EventLoopGroup loops =
        EventLoops.start(Math.max(FEWEST_LOOPS, Runtime.getRuntime().availableProcessors()));
    Doorway doorway = new Doorway();
    Capacity capacity = Capacity.unlimited();
    Bypass bypass = Bypass.of(capacity);
    HoldSupport hold = HoldSupport.find(loops, doorway);
    Signers signers = Signers.ofAgent(InstantSource.system());
    KernelCaptures captures =
        new KernelCaptures(
            new RedirectTools(
                Tenant.AGENT,
                loops,
                doorway,
                new RuleInstaller(doorway),
                new Sysctls(settings.procSysNet()),
                once(
                    refused ->
                        log.warn(
                            "sysctls of Pods cannot be set (maybe /proc/sys is read-only here): {}",
                            refused)),
                bypass,
                hold,
                metrics),
            identifier,
            settings.config()::current,
            capacity,
            connectionLog,
            signers);

    Policies policies =
        new Policies(settings.config()::current, directory, new KubernetesLookup(client));
    Reconciler reconciler =
        new Reconciler(
            captures, new AttachmentFiles(settings.stateDir()), policies, settings.verifyEvery());
    LeaseKeeper leases = new LeaseKeeper(loops, capacity, bypass, metrics);
    StrictNamespaces strict =
        new StrictNamespaces(settings.stateDir(), policies, directory).start();
    Adoption adoption =
        new Adoption(
            directory,
            policies,
            reconciler,
            new NetnsDirectory(settings.netnsDir(), doorway),
            settings.cniResults());
    CniVerbs verbs = new CniVerbs(reconciler, metrics);

    // Everything is made by now, so that nobody waits long between two agents.
    ReadyFile ready = new ReadyFile(settings.readyFile());
    onceSynced(directory, ready::onSynced);
    StandingBy.awaitTurn(node);
    node.sign(OwnPod.describe(System.getenv(), settings.nodeName()));
    removeLeftBehind(settings.stateDir());
    leases.start(reconciler::renewLeases);
    leases.everySecond(reconciler::lookAtBuffers);
    reconciler.start().thenRun(() -> declareServing(node, ready));
    BackgroundTask tokens =
        BackgroundTask.every("identity-tokens", TOKEN_LOOK, reconciler::renewTokens).start();
    CniServer cni = CniServer.start(settings.socket(), verbs::answer);

    adoption.start();
    directory.onChange(
        change -> {
          if (change instanceof Directory.Change.OfNamespace namespace) {
            policies.onNamespace(namespace.name());
          }
          adoption.look();
          if (change instanceof Directory.Change.OfNamespace) {
            strict.updateSoon();
          }
          reconciler.reconcile(attachment -> concerns(change, attachment));
          tokens.soon();
        });
    // What changed after the Pods of before were looked at, and before anybody listened.
    reconciler.reconcile(everyone -> true);
    settings
        .config()
        .onChange(
            changed -> {
              adoption.look();
              strict.updateSoon();
              reconciler.reconcile(everyone -> true);
            });
    NodeSeries series =
        new NodeSeries(metrics.exposition(), reconciler::status)
            .register(identifier::mismatches, directory::feeds)
            .registerTokens(signers::signed, signers.local()::failures, signers::asked)
            .registerConfig(() -> settings.config().problem() == null)
            .registerRoom(
                capacity::most, reconciler::countAtTheirLimit, () -> bypass.cause() != null);
    if (settings.metricsPerPod()) {
      series.registerPerPod();
    }
    KubernetesStatusWriter status =
        settings.writeStatus() ? new KubernetesStatusWriter(client) : null;
    WaitingPods waiting =
        new WaitingPods(
            directory, reconciler, policies, status != null ? status : (pod, word) -> true);
    Announcements announcements =
        new Announcements(
            reconciler::status,
            directory,
            settings.config()::problem,
            OwnPod.ref(System.getenv()),
            status,
            settings.events() ? new KubernetesEvents(client, settings.nodeName()) : null);
    announcements.start();
    Readiness readiness = new Readiness();
    Readiness.Token synced = readiness.await("the API server's list of Pods and Namespaces");
    onceSynced(
        directory,
        () -> {
          policies.onSynced();
          strict.updateSoon();
          readiness.awaitEndOf(directory::silences);
          synced.close();
          adoption.look();
          waiting.wake();
        });
    ApiPulse api = new ApiPulse(new KubernetesProbe(client)).start();
    NodeFacts facts =
        new NodeFacts(
            settings.nodeName(),
            settings.config(),
            directory,
            api,
            new KubernetesPodLocator(client),
            policies,
            reconciler,
            leases);
    NodePages pages = new NodePages(facts, reconciler::status, readiness, metrics.exposition());
    AdminPorts ports =
        new AdminPorts()
            .add("admin", settings.admin(), pages::admin)
            .add("metrics", settings.metrics(), pages::metrics);
    series.registerPorts(ports);
    facts.isServedAt(ports);
    ports.start();
    log.info("serving CNI at {}, {} Pods known", settings.socket(), reconciler.status().size());
    NodeInstall install = install(settings, client, series);
    if (install != null) {
      facts.installs(install);
    }
    return new NodeAgent(
        cni,
        adoption,
        announcements,
        api,
        strict,
        ports,
        new GracefulShutdown(node, reconciler, leases, reconciler::openConnections),
        node,
        connectionLog,
        tokens,
        signers,
        install);
  }

  private static @Nullable NodeInstall install(
      Settings settings, KubernetesClient client, NodeSeries series) {
    InstallSettings options = settings.install();
    if (options == null) {
      return null;
    }
    NodeInstall install =
        NodeInstall.start(
            options,
            settings.socket(),
            settings.stateDir(),
            settings.netnsDir(),
            client,
            settings.config()::current);
    series.registerInstall(install::status);
    return install;
  }

  private static void removeLeftBehind(Path stateDir) {
    try {
      AtomicFile.removeLeftBehind(stateDir);
      AtomicFile.removeLeftBehind(stateDir.resolve(AttachmentFiles.FOLDER));
    } catch (IOException e) {
      log.warn("unfinished files of an earlier agent stay: {}", e.toString());
    }
  }

  /// For what is the same in every Pod.
  private static Consumer<Map<String, String>> once(Consumer<Map<String, String>> report) {
    AtomicBoolean reported = new AtomicBoolean();
    return refused -> {
      if (!refused.isEmpty() && reported.compareAndSet(false, true)) {
        report.accept(refused);
      }
    };
  }

  private static void declareServing(NodeLock node, ReadyFile ready) {
    try {
      node.declareServing();
      ready.onServing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean concerns(Directory.Change change, Attachment attachment) {
    return switch (change) {
      case Directory.Change.OfNamespace namespace ->
          attachment.pod().namespace().equals(namespace.name());
      case Directory.Change.OfPod pod ->
          attachment.pod().namespace().equals(pod.pod().namespace())
              && attachment.pod().name().equals(pod.pod().name());
    };
  }

  private static ConnectionLogger connectionLog(Settings settings, NodeMetrics metrics)
      throws IOException {
    Path file = settings.connectionLog();
    return ConnectionLogger.start(
        () -> settings.config().current().connectionLog(),
        HostConntrack.open()::sourceSeen,
        file == null ? ConnectionSinks.logger() : ConnectionSinks.file(file),
        metrics.exposition());
  }

  /// Does what needs to know all Pods and Namespaces.
  private static void onceSynced(Directory directory, Runnable action) {
    BackgroundTask[] task = new BackgroundTask[1];
    task[0] =
        BackgroundTask.every(
            "await-sync",
            SYNC_CHECK,
            () -> {
              if (directory.synced()) {
                action.run();
                task[0].close();
              }
            });
    task[0].start();
  }

  /// Leaves; returns when it may end.
  ///
  /// @param drain how long proxied connections may finish
  public void leave(Duration drain) {
    try {
      // The next agent binds them.
      ports.close();
      NodeInstall toRemove = null;
      if (install != null) {
        install.stop();
        // Another agent that lives here needs what is installed, whoever's DaemonSet is gone.
        toRemove = install.isToBeRemoved() && node.isAlone() ? install : null;
      }
      if (toRemove != null) {
        toRemove.remove();
      }
      cni.close();
      adoption.close();
      announcements.close();
      if (toRemove != null) {
        announcements.withdraw(LONGEST_WITHDRAWAL);
      }
      api.close();
      strict.close();
      gracefulShutdown.run(drain);
      tokens.close();
      signers.close();
      connectionLog.close();
      if (toRemove != null && node.isAlone()) {
        toRemove.removeRest();
      }
    } catch (IOException e) {
      log.error("cannot leave in order; leases run out by themselves", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
