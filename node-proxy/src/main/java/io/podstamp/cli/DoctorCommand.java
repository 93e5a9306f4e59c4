package io.podstamp.cli;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.doctor.AgentCheck;
import io.podstamp.doctor.ApiCheck;
import io.podstamp.doctor.Check;
import io.podstamp.doctor.Finding;
import io.podstamp.doctor.KernelCheck;
import io.podstamp.doctor.NetworkCheck;
import io.podstamp.doctor.ProxyProtocolCheck;
import io.podstamp.kubernetes.KubernetesClients;
import io.podstamp.kubernetes.KubernetesProbe;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `podstamp doctor`: whether this Node has what podstamp needs, and what to do about it. Works
/// with an agent and without; changes nothing. The exit status is 1 if anything fails.
@Command(
    name = "doctor",
    description = "Looks whether this node has what podstamp needs; exit status 1 if not.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Mixin private AgentClient agent;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = Defaults.METRICS,
      description = "Where an agent's metrics are (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress metrics;

  @Option(
      names = "--socket",
      paramLabel = "P",
      defaultValue = Defaults.SOCKET,
      description = "Where the CNI plugin finds the agent (default: ${DEFAULT-VALUE}).")
  private Path socket;

  @Option(
      names = "--cni-conf-dir",
      paramLabel = "D",
      description =
          "Where the runtime finds its network (default: /host/cni/conf, as in the agent's container, or /etc/cni/net.d).")
  private @Nullable Path confDir;

  @Option(
      names = "--cni-bin-dir",
      paramLabel = "D",
      description =
          "Where the runtime looks for CNI plugins (default: /host/cni/bin or /opt/cni/bin).")
  private @Nullable Path binDir;

  @Option(
      names = "--kubeconfig",
      paramLabel = "F|in-cluster",
      description = "How to reach the API server (default: in-cluster, in a Pod).")
  private @Nullable String kubeconfig;

  @Option(
      names = "--node-name",
      paramLabel = "N",
      defaultValue = "${env:NODE_NAME}",
      description = "This node, as the API server names it (default: $NODE_NAME).")
  private @Nullable String nodeName;

  @Option(
      names = "--proxy-protocol",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      description =
          "Asks this receiver instead: does it take the PROXY protocol, with a connection that has its header and one without?")
  private @Nullable InetSocketAddress receiver;

  @Mixin private Output output;

  @Spec private CommandSpec spec;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  DoctorCommand() {}

  @Override
  public Integer call() {
    return new FindingsReport(spec.commandLine().getOut(), output.format()).print(look());
  }

  private List<Finding> look() {
    if (receiver != null) {
      return new ProxyProtocolCheck(receiver).look();
    }
    try (KubernetesClient client = client()) {
      return Check.all(
          List.of(
              new KernelCheck(),
              new NetworkCheck(
                  confDir != null ? confDir : first("/host/cni/conf", "/etc/cni/net.d"),
                  binDir != null ? binDir : first("/host/cni/bin", "/opt/cni/bin"),
                  Path.of("/sys/fs/bpf")),
              new ApiCheck(client == null ? null : new KubernetesProbe(client), nodeName),
              new AgentCheck(() -> agent.get("/process"), agent.address(), metrics, socket)));
    }
  }

  /// The first of these folders that is there; null if none is.
  private static @Nullable Path first(String... folders) {
    return Stream.of(folders).map(Path::of).filter(Files::isDirectory).findFirst().orElse(null);
  }

  private @Nullable KubernetesClient client() {
    if (kubeconfig != null) {
      return KubernetesClients.open(kubeconfig);
    }
    return Files.isReadable(Path.of(Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH))
        ? KubernetesClients.open(KubernetesClients.IN_CLUSTER)
        : null;
  }
}
