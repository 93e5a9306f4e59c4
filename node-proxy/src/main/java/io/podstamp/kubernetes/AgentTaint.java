package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podstamp.task.BackgroundTask;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the taint [#KEY] off each Node whose agent is ready, so that Pods which must not start
/// before podstamp serves there wait in the scheduler. Whoever makes Nodes puts it on; other taints
/// are not touched, and nothing is ever put on.
public final class AgentTaint implements AutoCloseable {
  /// The key; whatever its value and effect.
  public static final String KEY = "podstamp.io/agent-not-ready";

  private static final Logger log = LoggerFactory.getLogger(AgentTaint.class);

  /// What a refused change waits for, if no news of the Node comes before.
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final KubernetesClient informers;
  private final LogOnce logOnce = new LogOnce(log, "taints of Nodes");
  private final Map<String, List<Taint>> tainted = new ConcurrentHashMap<>();
  private final Map<String, String> nodeOfReadyAgent = new ConcurrentHashMap<>();
  private final KubernetesFeed<Node> nodes;
  private final KubernetesFeed<Pod> agents;
  private final BackgroundTask task = BackgroundTask.every("untaint", RETRY, this::takeOff);

  /// @param client stays the caller's
  /// @param namespace of the agents
  /// @param name their label `app.kubernetes.io/name`
  public AgentTaint(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.informers = KubernetesClients.forInformers(client.getConfiguration(), this::answered);
    this.nodes =
        new KubernetesFeed<>(
            "Nodes",
            informers.nodes().runnableInformer(0),
            WatchLife.SHORTEST,
            AgentTaint::slim,
            this::put,
            node -> tainted.remove(node.getMetadata().getName()));
    this.agents =
        new KubernetesFeed<>(
            "Pods",
            informers
                .pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/name", name)
                .runnableInformer(0),
            WatchLife.SHORTEST,
            AgentTaint::slim,
            this::put,
            pod -> nodeOfReadyAgent.remove(pod.getMetadata().getUid()));
  }

  /// Begins; returns at once, whatever the API server does.
  public void start() {
    nodes.start();
    agents.start();
    task.start();
  }

  private void answered(String path) {
    if (path.endsWith("/pods")) {
      agents.answered();
    } else if (path.endsWith("/nodes")) {
      nodes.answered();
    }
  }

  private void put(Node node) {
    String name = node.getMetadata().getName();
    List<Taint> taints = node.getSpec() == null ? List.of() : node.getSpec().getTaints();
    if (taints.stream().anyMatch(AgentTaint::isOurs)) {
      tainted.put(name, List.copyOf(taints));
      task.soon();
    } else {
      tainted.remove(name);
    }
  }

  private void put(Pod agent) {
    String uid = agent.getMetadata().getUid();
    if (agent.getMetadata().getDeletionTimestamp() == null && isReady(agent)) {
      nodeOfReadyAgent.put(uid, agent.getSpec().getNodeName());
      task.soon();
    } else {
      nodeOfReadyAgent.remove(uid);
    }
  }

  private static boolean isReady(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  private static boolean isOurs(Taint taint) {
    return KEY.equals(taint.getKey());
  }

  private void takeOff() {
    Set<String> ready = Set.copyOf(nodeOfReadyAgent.values());
    tainted.entrySet().stream()
        .filter(node -> ready.contains(node.getKey()))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))
        .forEach(this::takeOff);
  }

  private void takeOff(String node, List<Taint> taints) {
    try {
      Patches.apply(client, "api/v1/nodes/" + node, withoutOurs(taints));
      log.info("{}: its agent is ready, {} is taken off", node, KEY);
      tainted.remove(node, taints);
      logOnce.succeeded();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        tainted.remove(node, taints);
      } else if (!isOfOtherTaints(e)) {
        logOnce.failed(e);
      }
    }
  }

  /// Somebody has changed the taints meanwhile, and the news of it is under way.
  private static boolean isOfOtherTaints(KubernetesClientException e) {
    return e.getCode() == 422 || e.getCode() == HttpURLConnection.HTTP_CONFLICT;
  }

  /// From the last one on, so that the places of the others stay; each is looked at first.
  static List<Map<String, Object>> withoutOurs(List<Taint> taints) {
    List<Map<String, Object>> operations = new ArrayList<>();
    for (int at = taints.size() - 1; at >= 0; at--) {
      if (isOurs(taints.get(at))) {
        String path = "/spec/taints/" + at;
        operations.add(Map.of("op", "test", "path", path + "/key", "value", KEY));
        operations.add(Map.of("op", "remove", "path", path));
      }
    }
    return operations;
  }

  private static Node slim(Node node) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(node.getMetadata().getName())
        .withUid(node.getMetadata().getUid())
        .withResourceVersion(node.getMetadata().getResourceVersion())
        .endMetadata()
        .withNewSpec()
        .withTaints(node.getSpec() == null ? List.of() : node.getSpec().getTaints())
        .endSpec()
        .build();
  }

  private static Pod slim(Pod pod) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .withUid(pod.getMetadata().getUid())
        .withResourceVersion(pod.getMetadata().getResourceVersion())
        .withDeletionTimestamp(pod.getMetadata().getDeletionTimestamp())
        .endMetadata()
        .withNewSpec()
        .withNodeName(pod.getSpec() == null ? null : pod.getSpec().getNodeName())
        .endSpec()
        .withNewStatus()
        .withConditions(pod.getStatus() == null ? List.of() : pod.getStatus().getConditions())
        .endStatus()
        .build();
  }

  @Override
  public void close() {
    task.close();
    nodes.close();
    agents.close();
    informers.close();
  }
}
