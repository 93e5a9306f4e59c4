package io.podstamp.install;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// podstamp on one node: the plugin's files, its entry in the network, and the rules in Pods.
///
/// The order is what keeps Pods coming and going: in, the files before the entry; out, the entry
/// before the files, and something harmless in their place.
public final class Installation {
  private static final Logger log = LoggerFactory.getLogger(Installation.class);

  /// How soon a chain that another agent has broken is mended.
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /// Files that cannot be brought in are some sixty megabytes, maybe on a full disk.
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final PluginBundle plugin;
  private final ConfDir network;
  private @Nullable Missing missing;

  /// Files of the plugin that are gone and could not be brought back.
  private record Missing(Outcome.LeftAlone outcome, long sinceNanos) {}

  public Installation(PluginBundle plugin, ConfDir network) {
    this.plugin = plugin;
    this.network = network;
  }

  /// Installs once.
  ///
  /// @throws IOException with one sentence, when the plugin's files cannot be brought in
  public Outcome install(ChainEntry entry) throws IOException {
    bringPlugin();
    return network.chain(entry);
  }

  /// Installs, and keeps it so until closed: entry and files. On a host where the plugin turns out
  /// not to run, it is taken away again.
  ///
  /// @param entry asked at every look: what the plugin is to do may change
  public ChainWatch keep(Supplier<ChainEntry> entry) throws IOException {
    bringPlugin();
    return ChainWatch.start(
        () -> plugin.isWithoutGlibc() ? giveUp() : look(entry.get()), LOOK_EVERY);
  }

  /// An entry whose plugin is gone would stop every Pod of the node: without files, no entry.
  private Outcome look(ChainEntry entry) {
    Missing before = missing;
    if (before != null && System.nanoTime() - before.sinceNanos < RETRY_AFTER.toNanos()) {
      return before.outcome;
    }
    missing = null;
    try {
      if (plugin.mend()) {
        log.warn("the plugin's files had been changed or taken away; they are in place again");
      }
    } catch (IOException e) {
      String reason =
          "the plugin's files are gone: "
              + (e instanceof FileSystemException file ? sentence(file) : e.getMessage());
      network.unchain();
      Outcome.LeftAlone outcome = new Outcome.LeftAlone(reason);
      missing = new Missing(outcome, System.nanoTime());
      return outcome;
    }
    return network.chain(entry);
  }

  private Outcome giveUp() {
    try {
      remove();
      return new Outcome.GivenUp(Host.WITHOUT_GLIBC);
    } catch (IOException e) {
      return new Outcome.LeftAlone(Host.WITHOUT_GLIBC + "; " + e.getMessage());
    }
  }

  private void bringPlugin() throws IOException {
    try {
      if (plugin.install()) {
        log.info("the plugin's files are in place");
      }
    } catch (FileSystemException e) {
      throw new IOException(sentence(e), e);
    }
  }

  /// Takes entry and files away.
  ///
  /// @return what came of each network configuration that had something of ours
  public List<Outcome> remove() throws IOException {
    List<Outcome> outcomes = network.unchain();
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.LeftAlone alone) {
        // A chain without its plugin would stop every Pod of the node.
        throw new IOException(alone.reason() + "; the plugin stays, since it may be in use");
      }
    }
    try {
      plugin.uninstall();
    } catch (FileSystemException e) {
      throw new IOException(sentence(e), e);
    }
    return outcomes;
  }

  /// Takes the rules out of Pods; their connections that are proxied end with the agent.
  ///
  /// @return one sentence for each namespace where that failed
  public static List<String> removeRules(Path netnsDir, Set<Path> known) throws IOException {
    return new PodRules().remove(netnsDir, known);
  }

  private static String sentence(FileSystemException e) {
    return e.getReason() == null && e.getMessage() != null && e.getMessage().contains("expected")
        ? e.getMessage()
        : e.getFile()
            + ": "
            + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason())
            + " (expected: a folder that can be written)";
  }
}
