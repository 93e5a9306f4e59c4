package io.podstamp.node;

import io.podstamp.admin.AdminPorts;
import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.config.Decision;
import io.podstamp.config.Enablement;
import io.podstamp.config.Labels;
import io.podstamp.config.Mesh;
import io.podstamp.identity.FeedHealth;
import io.podstamp.install.ChainStatus;
import io.podstamp.metrics.Exposition;
import io.podstamp.metrics.PodMeter.Counts;
import io.podstamp.signing.PodTokens;
import io.podstamp.signing.RemoteSigner;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// Metrics of what the node's parts know, asked of them when somebody reads.
///
/// The labels of a Pod's series are bounded: what is wanted, where it stands, and who decided. Only
/// the series of single Pods, which have to be asked for, grow with the node.
final class NodeSeries {
  private final Exposition exposition;
  private final Supplier<List<PodStatus>> pods;

  private record Named(String namespace, String name) {}

  private record Standing(Enablement desired, PodState state, String decidedBy) {}

  NodeSeries(Exposition exposition, Supplier<List<PodStatus>> pods) {
    this.exposition = exposition;
    this.pods = pods;
  }

  /// All but those of single Pods.
  NodeSeries register(LongSupplier identityMismatches, Supplier<List<FeedHealth>> feeds) {
    exposition.gauges(
        "podstamp_pods",
        "Pods that CNI told of, by what is wanted, what was last verified, and who decided.",
        List.of("desired", "state", "decided_by"),
        values ->
            pods.get().stream()
                .collect(Collectors.groupingBy(NodeSeries::standing, Collectors.counting()))
                .forEach(
                    (standing, count) ->
                        values.put(
                            count,
                            Labels.of(standing.desired),
                            Labels.of(standing.state),
                            standing.decidedBy)));
    exposition.gauges(
        "podstamp_syn_hold",
        "Captured Pods by what holds their SYNs: native, xt, or early for those in which nothing does.",
        List.of("mode"),
        values ->
            pods.get().stream()
                .filter(pod -> isCaptured(pod.state()))
                .collect(Collectors.groupingBy(pod -> pod.hold().mode(), Collectors.counting()))
                .forEach((mode, count) -> values.put(count, mode)));
    exposition.gauge(
        "podstamp_pods_with_annotation_problems",
        "Pods with an annotation of ours, or of their Namespace, that cannot be read.",
        () -> pods.get().stream().filter(pod -> !pod.policy().problems().isEmpty()).count());
    exposition.gauge(
        "podstamp_pods_not_remembered",
        "Pods that could not be written to the state directory, so that a next agent would not know of them.",
        () -> pods.get().stream().filter(pod -> !pod.notRemembered().isEmpty()).count());
    exposition.gauge(
        "podstamp_pod_work_seconds",
        "For how long the agent has been at work on one Pod without an end, the longest of all Pods.",
        () -> pods.get().stream().mapToDouble(pod -> pod.busy().toMillis() / 1e3).max().orElse(0));
    exposition.gauge(
        "podstamp_pods_verified_age_seconds",
        "Time since the captured Pod that waits longest was last verified; every 30 s is normal.",
        this::longestUnverified);
    exposition.counter(
        "podstamp_identity_mismatches",
        "Connections from an address that is another Pod's.",
        identityMismatches::getAsLong);
    exposition.gauges(
        "podstamp_informer_watching",
        "Whether the API server answers lists and watches: 0 from a minute of silence on.",
        List.of("resource"),
        values ->
            feeds.get().forEach(feed -> values.put(feed.watching() ? 1 : 0, feed.resource())));
    exposition.gauges(
        "podstamp_informer_age_seconds",
        "Time since the API server last answered a list or a watch, or told of a change; normally below 60 s.",
        List.of("resource"),
        values ->
            feeds.get().forEach(feed -> values.put(feed.age().toMillis() / 1e3, feed.resource())));
    exposition.counters(
        "podstamp_informer_failures",
        "Failures to list or watch.",
        List.of("resource"),
        values ->
            feeds.get().forEach(feed -> values.put((double) feed.failures(), feed.resource())));
    return this;
  }

  /// Signed tokens: how many there are, and how many should be.
  NodeSeries registerTokens(
      LongSupplier signed, LongSupplier failures, Supplier<RemoteSigner.Counts> asked) {
    exposition.gauges(
        "podstamp_identity_tokens",
        "Tokens that captured Pods are to have, one for each audience, by whether there is one that receivers take.",
        List.of("state"),
        values -> {
          List<PodTokens.Status> all =
              pods.get().stream().flatMap(pod -> pod.tokens().stream()).toList();
          long missing = all.stream().filter(token -> token.missingSince() != null).count();
          values.put((double) (all.size() - missing), "valid");
          values.put((double) missing, "missing");
        });
    exposition.counter(
        "podstamp_identity_tokens_signed",
        "Tokens signed, by the agent or for it.",
        signed::getAsLong);
    exposition.counter(
        "podstamp_identity_key_failures",
        "Times that the keys of identity.keyFile could not be read; they are every second.",
        failures::getAsLong);
    exposition.counters(
        "podstamp_identity_signer_requests",
        "Requests to identity.signer, each for several tokens, by whether there was an answer.",
        List.of("outcome"),
        values -> {
          values.put((double) asked.get().answered(), "answered");
          values.put((double) asked.get().failed(), "failed");
        });
    exposition.counter(
        "podstamp_identity_tokens_refused",
        "Tokens that identity.signer did not sign.",
        () -> asked.get().refused());
    return this;
  }

  /// How much the agent can carry, and who is at a limit.
  NodeSeries registerRoom(
      LongSupplier capacity, LongSupplier podsAtLimit, BooleanSupplier isBypassed) {
    exposition.gauge(
        "podstamp_connections_capacity",
        "Captured connections that descriptors and heap allow.",
        capacity::getAsLong);
    exposition.gauge(
        "podstamp_pods_at_limit",
        "Pods that hold all that they may, so that their new connections wait.",
        podsAtLimit::getAsLong);
    exposition.gauge(
        "podstamp_bypassed",
        "1 while transparent Pods' new connections are let past the proxy.",
        () -> isBypassed.getAsBoolean() ? 1 : 0);
    return this;
  }

  /// Whether the config file is in force.
  NodeSeries registerConfig(BooleanSupplier isInForce) {
    exposition.gauge(
        "podstamp_config_valid",
        "1 while the config file is in force, 0 while the one before it is, since the file has mistakes.",
        () -> isInForce.getAsBoolean() ? 1 : 0);
    return this;
  }

  /// Whether the ports at which the agent is looked at are its own.
  void registerPorts(AdminPorts ports) {
    exposition.gauges(
        "podstamp_port_bound",
        "1 while the agent serves its admin or metrics port, 0 while it cannot, since it is taken.",
        List.of("port"),
        values -> ports.names().forEach(name -> values.put(ports.isBound(name) ? 1 : 0, name)));
  }

  /// Whether podstamp is in the node's network; for an agent that keeps it there.
  void registerInstall(Supplier<ChainStatus> chain) {
    exposition.gauge(
        "podstamp_chained",
        "1 while new Pods meet the plugin, 0 while they do not.",
        () -> chain.get().state() == ChainStatus.State.NOT_CHAINED ? 0 : 1);
    exposition.gauge(
        "podstamp_chain_fight",
        "1 while another agent takes podstamp out of the node's network again and again.",
        () -> chain.get().state() == ChainStatus.State.FIGHT ? 1 : 0);
    exposition.counter(
        "podstamp_chain_mends",
        "How often podstamp was put back into the node's network.",
        () -> chain.get().mends());
  }

  /// Those of single Pods; as many as there are Pods on the node.
  void registerPerPod() {
    perPod("podstamp_pod_connections", "A Pod's connections.", Counts::connections);
    perPod("podstamp_pod_requests_stamped", "A Pod's stamped requests.", Counts::requestsStamped);
    perPod(
        "podstamp_pod_connections_unstamped",
        "A Pod's connections that left the stamped path.",
        Counts::connectionsUnstamped);
    perPod("podstamp_pod_requests_refused", "A Pod's refused requests.", Counts::requestsRefused);
    exposition.counters(
        "podstamp_pod_client_values",
        "A Pod's requests that came with a header of the stamp's.",
        List.of("namespace", "pod", "header"),
        values ->
            named()
                .forEach(
                    (pod, counts) ->
                        counts
                            .clientValues()
                            .forEach(
                                (header, count) ->
                                    values.put((double) count, pod.namespace, pod.name, header))));
    exposition.counters(
        "podstamp_pod_relayed_bytes",
        "A Pod's relayed bytes.",
        List.of("namespace", "pod", "direction"),
        values ->
            named()
                .forEach(
                    (pod, counts) -> {
                      values.put((double) counts.bytesUp(), pod.namespace, pod.name, "up");
                      values.put((double) counts.bytesDown(), pod.namespace, pod.name, "down");
                    }));
  }

  private void perPod(String name, String help, ToLongFunction<Counts> count) {
    exposition.counters(
        name,
        help,
        List.of("namespace", "pod"),
        values ->
            named()
                .forEach(
                    (pod, counts) ->
                        values.put((double) count.applyAsLong(counts), pod.namespace, pod.name)));
  }

  /// A Pod has several attachments while its old sandbox goes, and each name stands once on a page.
  private Map<Named, Counts> named() {
    return pods.get().stream()
        .collect(
            Collectors.toMap(
                pod -> new Named(pod.attachment().pod().namespace(), pod.attachment().pod().name()),
                PodStatus::counts,
                Counts::plus));
  }

  private double longestUnverified() {
    Instant now = Instant.now();
    return pods.get().stream()
        .filter(pod -> isCaptured(pod.state()))
        .mapToDouble(pod -> Duration.between(pod.verified(), now).toMillis() / 1e3)
        .max()
        .orElse(0);
  }

  private static boolean isCaptured(PodState state) {
    return state == PodState.CAPTURED || state == PodState.PARTIAL;
  }

  private static Standing standing(PodStatus pod) {
    Decision<Enablement> enablement = pod.policy().enablement();
    return new Standing(enablement.value(), pod.state(), decidedBy(enablement.origin()));
  }

  private static String decidedBy(Decision.Origin origin) {
    return switch (origin) {
      case Decision.Layer layer -> Labels.of(layer);
      case Mesh _ -> "mesh";
    };
  }
}
