package io.podstamp.node;

import io.podstamp.admin.AdminPorts;
import io.podstamp.admin.PodsPage;
import io.podstamp.capture.PodStatus;
import io.podstamp.capture.Reconciler;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigWatch;
import io.podstamp.config.Labels;
import io.podstamp.explain.AgentFacts;
import io.podstamp.explain.Explainer;
import io.podstamp.explain.PodFacts;
import io.podstamp.explain.Troubles;
import io.podstamp.identity.PodLocator;
import io.podstamp.identity.PodRecord;
import io.podstamp.install.ChainStatus;
import io.podstamp.kubernetes.ApiPulse;
import io.podstamp.kubernetes.KubernetesDirectory;
import io.podstamp.lease.LeaseKeeper;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Refusals;
import io.podstamp.netns.Netns;
import io.podstamp.netns.ShadowRules;
import io.podstamp.policy.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an agent knows of its Node and its Pods, gathered when somebody asks.
final class NodeFacts {
  /// The device that Cilium makes on each Node.
  private static final Path CILIUM = Path.of("/sys/class/net/cilium_host");

  private final String node;
  private final ConfigWatch config;
  private final KubernetesDirectory directory;
  private final ApiPulse api;
  private final PodLocator locator;
  private final Policies policies;
  private final Reconciler reconciler;
  private final LeaseKeeper leases;
  private volatile @Nullable NodeInstall install;
  private volatile @Nullable AdminPorts ports;

  /// The config in force.
  ///
  /// @param since when it came into force
  /// @param problem what is wrong with the file as it is now; null if it is this config
  record ConfigInForce(Path file, Instant since, @Nullable String problem, Config inForce) {}

  /// The process.
  ///
  /// @param awaited what readiness waits for
  /// @param portProblems why ports of ours are not served
  /// @param troubles what is wrong with the agent, in sentences
  record Running(
      long pid,
      long openFiles,
      List<String> awaited,
      List<String> portProblems,
      List<String> troubles,
      AgentFacts agent) {}

  NodeFacts(
      String node,
      ConfigWatch config,
      KubernetesDirectory directory,
      ApiPulse api,
      PodLocator locator,
      Policies policies,
      Reconciler reconciler,
      LeaseKeeper leases) {
    this.node = node;
    this.config = config;
    this.directory = directory;
    this.api = api;
    this.locator = locator;
    this.policies = policies;
    this.reconciler = reconciler;
    this.leases = leases;
  }

  /// From now on this agent keeps the plugin installed.
  void installs(NodeInstall started) {
    install = started;
  }

  /// What tells these facts.
  void isServedAt(AdminPorts served) {
    ports = served;
  }

  AgentFacts agent() {
    NodeInstall installing = install;
    return new AgentFacts(
        node,
        Instant.now(),
        apiSilentSince(),
        config.problem(),
        installing == null ? null : problem(installing.status()),
        leases.silence(),
        Files.exists(CILIUM),
        reconciler.status().stream()
            .map(PodStatus::attachment)
            .filter(attachment -> !attachment.isSeen())
            .map(attachment -> attachment.netns() + " of " + attachment.pod())
            .findFirst()
            .orElse(null));
  }

  /// Single questions may be answered while watches are not: what is known is old then too.
  private @Nullable Instant apiSilentSince() {
    Instant silent = api.silentSince();
    return silent != null ? silent : directory.silentSince();
  }

  private static @Nullable String problem(ChainStatus chain) {
    return switch (chain.state()) {
      case CHAINED -> null;
      case FIGHT, NOT_CHAINED -> chain.reason();
    };
  }

  Running process(List<String> awaited) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      AdminPorts served = ports;
      List<String> portProblems = served == null ? List.of() : served.problems();
      AgentFacts agent = agent();
      return new Running(
          ProcessHandle.current().pid(),
          open.count(),
          awaited,
          portProblems,
          Explainer.ofAgent(agent, awaited, portProblems),
          agent);
    }
  }

  ConfigInForce config() {
    return new ConfigInForce(config.file(), config.since(), config.problem(), config.current());
  }

  /// Everything known of a Pod; asks the API server only if nothing is.
  PodFacts pod(String namespace, String name) {
    PodRecord known = directory.byName(namespace, name);
    PodStatus attached = attached(namespace, name, known);
    return new PodFacts(
        namespace,
        name,
        attached,
        attached != null
            && (!attached.attachment().isSeen()
                || Netns.isAt(attached.attachment().netns(), attached.attachment().netnsInode())),
        known == null ? null : lostAt(known),
        known,
        attached != null ? attached.policy() : known != null ? policies.of(known) : null,
        attached != null || known != null ? null : locator.find(namespace, name),
        agent());
  }

  /// Of several Pods that had the name one after the other, the one that the API server tells of.
  private @Nullable PodStatus attached(String namespace, String name, @Nullable PodRecord known) {
    return reconciler.status().stream()
        .filter(status -> status.attachment().pod().namespace().equals(namespace))
        .filter(status -> status.attachment().pod().name().equals(name))
        .max(
            Comparator.comparing(
                    (PodStatus status) ->
                        known != null && known.isMeantBy(status.attachment().pod()))
                .thenComparing(PodStatus::verified))
        .orElse(null);
  }

  private @Nullable Instant lostAt(PodRecord pod) {
    return pod.aliases().stream()
        .map(reconciler::lostAt)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  List<PodsPage.Row> rows() {
    return reconciler.status().stream().map(NodeFacts::row).toList();
  }

  private static PodsPage.Row row(PodStatus status) {
    Instant leaseEnds = status.leaseEnds();
    return new PodsPage.Row(
        status.attachment().pod().namespace(),
        status.attachment().pod().name(),
        status.attachment().pod().uid(),
        status.attachment().containerId(),
        Labels.of(status.state()),
        status.told(),
        status.verified().toString(),
        status.repairs().count(),
        status.repairs().last(),
        leaseEnds == null ? null : leaseEnds.toString(),
        Labels.of(status.policy().profile().value()),
        status.policy().ports().value(),
        status.policy().problems(),
        status.port(),
        status.connections(),
        status.proof(),
        new PodsPage.Counts(
            status.counts().connections(),
            status.counts().requestsStamped(),
            status.counts().requestsRefused(),
            status.counts().connectionsUnstamped(),
            labelled(status.counts().unstamped()),
            status.counts().bytesUp(),
            status.counts().bytesDown(),
            status.counts().clientValues(),
            refused(status.counts().refusals()),
            status.counts().proxyHeaders(),
            status.counts().tokens().sent()),
        status.shadow().stream().map(NodeFacts::shadowed).toList(),
        Troubles.of(status, Instant.now()));
  }

  private static PodsPage.Refused refused(Refusals refusals) {
    return new PodsPage.Refused(
        labelled(refusals.requests()),
        refusals.tripped(),
        refusals.connections(),
        refusals.last() == null ? "" : refusals.last().toString());
  }

  private static PodsPage.Shadowed shadowed(ShadowRules.Count count) {
    return new PodsPage.Shadowed(
        count.port(),
        count.connections(),
        count.destinations().stream()
            .map(seen -> new PodsPage.Destination(seen.address(), seen.connections()))
            .toList());
  }

  private static Map<String, Long> labelled(Map<Reason, Long> counts) {
    Map<String, Long> labelled = new TreeMap<>();
    counts.forEach((reason, count) -> labelled.put(reason.label(), count));
    return labelled;
  }
}
