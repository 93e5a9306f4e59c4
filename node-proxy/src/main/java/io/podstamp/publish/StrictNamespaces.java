package io.podstamp.publish;

import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.Directory;
import io.podstamp.policy.Policies;
import io.podstamp.store.AtomicFile;
import io.podstamp.task.BackgroundTask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A file of the namespaces whose Pods must not start unstamped, one name a line: while no agent
/// answers, the CNI plugin lets these wait (`strictNamespaces` in its configuration).
///
/// It lies in the state directory, which outlives a reboot: that is when kubelet is up before the
/// agent. A write that fails is tried again.
///
/// On one virtual thread.
public final class StrictNamespaces implements AutoCloseable {
  /// Its name in the state directory.
  public static final String FILE = "strict-namespaces";

  private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(5);
  private static final Duration LONGEST_WRITE = Duration.ofSeconds(2);

  private final Path file;
  private final Policies policies;
  private final Directory directory;
  private final BackgroundTask task =
      BackgroundTask.paced("strict-namespaces", this::pause, this::update);
  private @Nullable SortedSet<String> written;
  private boolean failing;

  public StrictNamespaces(Path stateDir, Policies policies, Directory directory) {
    this.file = stateDir.resolve(FILE);
    this.policies = policies;
    this.directory = directory;
  }

  /// Begins to write when asked to.
  public StrictNamespaces start() {
    task.start();
    return this;
  }

  /// Has what is known then written soon; never blocks, so it may be called for each event.
  public void updateSoon() {
    task.soon();
  }

  private Duration pause() {
    return failing ? TRY_AGAIN_AFTER : BackgroundTask.NEVER;
  }

  /// Writes what is known now; before all Namespaces have been heard of, the last agent's list
  /// stays.
  void update() throws IOException {
    if (!directory.synced()) {
      return;
    }
    SortedSet<String> strict = new TreeSet<>();
    for (String name : directory.namespaces()) {
      if (isStrict(policies.ofNamespace(name))) {
        strict.add(name);
      }
    }
    if (strict.equals(written)) {
      return;
    }
    String lines = strict.isEmpty() ? "" : String.join("\n", strict) + "\n";
    failing = true;
    try {
      AtomicFile.write(file, lines.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IOException(
          file
              + ": not written, tried again; Pods of strict namespaces may start unstamped while no"
              + " agent runs",
          e);
    }
    written = strict;
    failing = false;
  }

  /// The next agent's business from now on.
  @Override
  public void close() {
    task.closeAndAwait(LONGEST_WRITE);
  }

  private static boolean isStrict(PodPolicy policy) {
    return policy.enablement().value() == Enablement.ENABLED
        && policy.profile().value() == Profile.STRICT;
  }
}
