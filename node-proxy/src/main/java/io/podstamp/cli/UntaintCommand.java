package io.podstamp.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.kubernetes.AgentTaint;
import io.podstamp.kubernetes.KubernetesClients;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `podstamp untaint`: once in a cluster, not on each Node, so that no agent needs the right to
/// change Nodes.
@Command(
    name = "untaint",
    description =
        "Takes the taint "
            + AgentTaint.KEY
            + " off each Node whose agent is ready, until it is told to end.",
    mixinStandardHelpOptions = true)
final class UntaintCommand implements Callable<Integer> {
  @Option(
      names = "--kubeconfig",
      paramLabel = "F",
      defaultValue = KubernetesClients.IN_CLUSTER,
      description =
          "How to reach the API server: a kubeconfig, or the service account of the Pod that this runs in"
              + " (default: ${DEFAULT-VALUE}).")
  private String kubeconfig;

  @Option(
      names = "--namespace",
      paramLabel = "N",
      defaultValue = "podstamp",
      description = "Where the agents are (default: ${DEFAULT-VALUE}).")
  private String namespace;

  @Option(
      names = "--agents",
      paramLabel = "NAME",
      defaultValue = "podstamp",
      description = "Their label app.kubernetes.io/name (default: ${DEFAULT-VALUE}).")
  private String agents;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  UntaintCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    try (KubernetesClient client = KubernetesClients.open(kubeconfig);
        AgentTaint taint = new AgentTaint(client, namespace, agents)) {
      taint.start();
      // The status of a signal, 143, would make a Pod that was told to end an error.
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform().name("shutdown").unstarted(() -> Runtime.getRuntime().halt(0)));
      Thread.currentThread().join();
      return 0;
    }
  }
}
