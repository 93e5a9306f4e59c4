package io.podstamp.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.admin.HttpLimits;
import io.podstamp.config.ConfigWatch;
import io.podstamp.kubernetes.AccountTokens;
import io.podstamp.kubernetes.ClusterPods;
import io.podstamp.kubernetes.KubernetesClients;
import io.podstamp.kubernetes.LeaderLease;
import io.podstamp.kubernetes.SignerObjects;
import io.podstamp.signer.Signer;
import io.podstamp.token.SignerMessages;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `podstamp signer`: a Deployment that signs the tokens of `identity` for all agents, so that no
/// Node has a key.
@Command(
    name = "signer",
    description = "Signs tokens for the agents of a cluster, each for its own Node's Pods.",
    mixinStandardHelpOptions = true)
final class SignerCommand implements Callable<Integer> {
  private static final Duration CONFIG_CHECK = Duration.ofSeconds(2);

  @Option(
      names = "--config",
      paramLabel = "F",
      required = true,
      description = "The agents' config file, of which identity counts; reloaded when it changes.")
  private Path config;

  @Option(
      names = "--kubeconfig",
      paramLabel = "F|in-cluster",
      defaultValue = KubernetesClients.IN_CLUSTER,
      description = "How to reach the API server (default: ${DEFAULT-VALUE}).")
  private String kubeconfig;

  @Option(
      names = "--namespace",
      paramLabel = "N",
      defaultValue = "podstamp",
      description = "Where the agents and the signer are (default: ${DEFAULT-VALUE}).")
  private String namespace;

  @Option(
      names = "--agents",
      paramLabel = "NAME",
      defaultValue = "podstamp",
      description = "The agents' DaemonSet and ServiceAccount (default: ${DEFAULT-VALUE}).")
  private String agents;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "podstamp-signer",
      description =
          "The Secret with the keys, the ConfigMap with the public ones, and the Lease (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--pod-name",
      paramLabel = "NAME",
      required = true,
      description = "This signer among its equals: its Pod.")
  private String podName;

  @Option(
      names = "--tls-dir",
      paramLabel = "D",
      defaultValue = "/etc/podstamp-signer-tls",
      description =
          "Where tls.crt, tls.key and ca.crt are; read again when they change (default: ${DEFAULT-VALUE}).")
  private Path tlsDir;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = "0.0.0.0:15913",
      description = "Where agents ask, by HTTPS (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress listen;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = "0.0.0.0:15914",
      description = "Metrics for Prometheus, and readiness (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress metrics;

  @Option(
      names = "--rotate-every",
      paramLabel = "HOURS",
      defaultValue = "24",
      description = "How long one key signs, 1 to 8760 hours (default: ${DEFAULT-VALUE}).")
  private int rotateHours;

  @Option(
      names = "--log-format",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
      defaultValue = "text")
  private LogSetup.Format logFormat;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  SignerCommand() {}

  @Override
  public Integer call() throws Exception {
    HttpLimits.set(HttpLimits.SIGNER_CONNECTIONS);
    LogSetup.write(logFormat);
    if (rotateHours < 1 || rotateHours > 8760) {
      throw new IOException("--rotate-every: " + rotateHours + " (expected: hours, 1 to 8760)");
    }
    try (ConfigWatch watch = ConfigWatch.start(config, CONFIG_CHECK);
        KubernetesClient client = KubernetesClients.open(kubeconfig)) {
      LogSetup.level(watch.current().logLevel());
      watch.onChange(changed -> LogSetup.level(changed.logLevel()));
      AccountTokens.requireNodes(client);
      Signer signer =
          Signer.start(
              new Signer.Settings(
                  listen, metrics, tlsDir, namespace, agents, Duration.ofHours(rotateHours)),
              watch::current,
              new Signer.Cluster(
                  new ClusterPods(client),
                  new AccountTokens(client, SignerMessages.AUDIENCE),
                  new SignerObjects(client, namespace, name),
                  onLeading -> new LeaderLease(client, namespace, name, podName, onLeading)),
              InstantSource.system());
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("shutdown")
                  .unstarted(
                      () -> {
                        signer.close();
                        // The status of a signal, 143, would make a Pod that was told to end an
                        // error.
                        Runtime.getRuntime().halt(0);
                      }));
      Thread.currentThread().join();
      return 0;
    }
  }
}
