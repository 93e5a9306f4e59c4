package io.podstamp.cli;

import io.podstamp.admin.HttpLimits;
import io.podstamp.config.ConfigWatch;
import io.podstamp.node.NodeAgent;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `podstamp agent`: the process that runs on every node, until it is told to end.
@Command(
    name = "agent",
    description = "Runs the node's agent and proxy.",
    mixinStandardHelpOptions = true)
final class AgentCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(AgentCommand.class);
  private static final Duration CONFIG_CHECK = Duration.ofSeconds(2);

  @Option(
      names = "--config",
      paramLabel = "F",
      required = true,
      description = "The config file; reloaded when it changes.")
  private Path config;

  @Option(
      names = "--kubeconfig",
      paramLabel = "F|in-cluster",
      defaultValue = "in-cluster",
      description = "How to reach the API server (default: ${DEFAULT-VALUE}).")
  private String kubeconfig;

  @Option(
      names = "--node-name",
      paramLabel = "N",
      required = true,
      description = "This node, as the API server names it.")
  private String nodeName;

  @Option(
      names = "--socket",
      paramLabel = "P",
      defaultValue = Defaults.SOCKET,
      description = "Where the CNI plugin finds the agent (default: ${DEFAULT-VALUE}).")
  private Path socket;

  @Option(
      names = "--state-dir",
      paramLabel = "D",
      defaultValue = Defaults.STATE_DIR,
      description = "What outlives the agent (default: ${DEFAULT-VALUE}).")
  private Path stateDir;

  @Option(
      names = "--netns-dir",
      paramLabel = "D",
      defaultValue = Defaults.NETNS_DIR,
      description =
          "Where the runtime keeps the network namespaces of Pods (default: ${DEFAULT-VALUE}).")
  private Path netnsDir;

  @Option(
      names = "--cni-results",
      paramLabel = "D",
      defaultValue = "/var/lib/cni/results",
      description =
          "Where the runtime remembers what CNI made of running Pods (default: ${DEFAULT-VALUE}).")
  private Path cniResults;

  @Option(
      names = "--proc-sys-net",
      paramLabel = "D",
      defaultValue = "/proc/sys/net",
      description = "A writable /proc/sys/net (default: ${DEFAULT-VALUE}).")
  private Path procSysNet;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = Defaults.ADMIN,
      description = "Readiness and status (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress admin;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      converter = HostPort.class,
      defaultValue = Defaults.METRICS,
      description = "Metrics for Prometheus (default: ${DEFAULT-VALUE}).")
  private InetSocketAddress metrics;

  @Option(
      names = "--metrics-per-pod",
      description = "Also series of each single Pod; a Node has up to some hundred.")
  private boolean metricsPerPod;

  @Option(
      names = "--connection-log",
      paramLabel = "F",
      description =
          "The file that the connection log is appended to, if the config asks for one (default: stdout).")
  private @Nullable Path connectionLog;

  @Option(
      names = "--ready-file",
      paramLabel = "F",
      description =
          "A file that is there while the agent is ready, with one word: standby or serving.")
  private @Nullable Path readyFile;

  @Option(
      names = "--write-status",
      description =
          "Keep podstamp.io/status on Pods, which needs the right to patch them: it tells where they stand, and Pods that waited for the agent start at once.")
  private boolean writeStatus;

  @Option(
      names = "--events",
      description =
          "Write events on Pods of what is wrong with them, which needs the right to create and patch events.")
  private boolean events;

  @Option(
      names = "--log-format",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
      defaultValue = "text")
  private LogSetup.Format logFormat;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description =
          "How long proxied connections may finish after SIGTERM; then those end on which nothing is outstanding, and the others are reset after 5 s more (default: ${DEFAULT-VALUE}).")
  private long drainSeconds;

  /// For tests: what happens without the clock.
  @Option(
      names = "--verify-every",
      paramLabel = "SECONDS",
      hidden = true,
      defaultValue = "30",
      description =
          "How often each Pod is looked at in the kernel; 0: only when there is a reason.")
  private long verifySeconds;

  @ArgGroup(exclusive = false)
  private @Nullable InstallOptions install;

  /// Only picocli makes one, and fills in the options.
  @SuppressWarnings("NullAway.Init")
  AgentCommand() {}

  @Override
  public Integer call() throws Exception {
    HttpLimits.set(HttpLimits.ADMIN_CONNECTIONS);
    LogSetup.write(logFormat);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> log.error("the thread {} has ended", thread.getName(), failure));
    if (!Files.isDirectory(netnsDir)) {
      log.warn(
          "netns-dir: {} (expected: a directory; maybe it is not mounted from the host yet)",
          netnsDir);
    }
    try (ConfigWatch watch = ConfigWatch.start(config, CONFIG_CHECK)) {
      LogSetup.level(watch.current().logLevel());
      watch.onChange(changed -> LogSetup.level(changed.logLevel()));
      NodeAgent agent =
          NodeAgent.start(
              new NodeAgent.Settings(
                  watch,
                  kubeconfig,
                  nodeName,
                  socket,
                  stateDir,
                  netnsDir,
                  cniResults,
                  procSysNet,
                  admin,
                  metrics,
                  metricsPerPod,
                  connectionLog,
                  readyFile,
                  writeStatus,
                  events,
                  Duration.ofSeconds(verifySeconds),
                  install == null ? null : install.settings()));
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("shutdown")
                  .unstarted(
                      () -> {
                        agent.leave(Duration.ofSeconds(drainSeconds));
                        // The status of a signal, 143, would make a Pod that was told to end an
                        // error.
                        Runtime.getRuntime().halt(0);
                      }));
      Thread.currentThread().join();
      return 0;
    }
  }
}
