package io.podstamp.node;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podstamp.config.Config;
import io.podstamp.config.OnAgentDown;
import io.podstamp.handover.Remains;
import io.podstamp.install.ChainEntry;
import io.podstamp.install.ChainStatus;
import io.podstamp.install.ChainWatch;
import io.podstamp.install.ConfDir;
import io.podstamp.install.Host;
import io.podstamp.install.Installation;
import io.podstamp.install.PluginBundle;
import io.podstamp.publish.StrictNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the agent that writes on this node installs there, and takes away again when podstamp is to
/// go. A node where nothing can be installed keeps its agent: the Pods of before are served.
final class NodeInstall {
  private static final Logger log = LoggerFactory.getLogger(NodeInstall.class);

  /// An API server that is asked for the last time then has ten seconds more; the DaemonSet's grace
  /// period is 25 s longer than what connections get.
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(12);

  private final Installation installation;
  private final Remains remains;
  private final Path netnsDir;
  private final @Nullable OwnDaemonSet daemonSet;
  private @Nullable ChainWatch watch;
  private ChainStatus failed = ChainStatus.notChained("not installed yet", Instant.now());

  private NodeInstall(
      InstallSettings options, Remains remains, Path netnsDir, @Nullable OwnDaemonSet daemonSet) {
    this.installation =
        new Installation(
            new PluginBundle(options.plugin(), options.binDir()),
            new ConfDir(options.confDir(), netnsDir));
    this.remains = remains;
    this.netnsDir = netnsDir;
    this.daemonSet = daemonSet;
  }

  /// Installs, and keeps it so.
  ///
  /// @param config what the plugin is to do while the agent is away
  static NodeInstall start(
      InstallSettings options,
      Path socket,
      Path stateDir,
      Path netnsDir,
      KubernetesClient client,
      Supplier<Config> config) {
    NodeInstall install =
        new NodeInstall(
            options,
            new Remains(stateDir, socket),
            netnsDir,
            options.daemonSet() == null ? null : OwnDaemonSet.of(client, options.daemonSet()));
    try {
      if (options.hostBin() != null) {
        Host.requireShell(options.hostBin());
      }
      install.watch =
          install.installation.keep(
              () ->
                  new ChainEntry(
                      socket,
                      stateDir.resolve(StrictNamespaces.FILE),
                      config.get().onAgentDown() == OnAgentDown.CLOSED));
    } catch (IOException | RuntimeException e) {
      log.error("not installed: {}", e.getMessage());
      install.failed = ChainStatus.notChained(String.valueOf(e.getMessage()), Instant.now());
    }
    return install;
  }

  /// Where podstamp stands in the node's network.
  ChainStatus status() {
    return watch == null ? failed : watch.status();
  }

  /// The next agent's business from now on.
  void stop() {
    if (watch != null) {
      watch.close();
    }
  }

  /// Whether this end is podstamp's end on the cluster.
  boolean isToBeRemoved() throws InterruptedException {
    return daemonSet != null && daemonSet.isGone(LONGEST_SILENCE);
  }

  /// New Pods no longer meet the plugin.
  void remove() {
    try {
      installation.remove().forEach(outcome -> log.info("uninstalled: {}", outcome));
    } catch (IOException e) {
      log.error("not uninstalled: {}", e.getMessage());
    }
  }

  /// Takes away what is left, once no connection needs it.
  void removeRest() throws IOException {
    Installation.removeRules(netnsDir, remains.netns())
        .forEach(failure -> log.error("not uninstalled: {}", failure));
    remains.delete();
  }
}
