package io.podstamp.publish;

import io.podstamp.config.Enablement;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.Directory;
import io.podstamp.policy.Policies;
import io.podstamp.store.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file of the namespaces whose Pods must not start unstamped, one name a line: while no agent
/// answers, the CNI plugin lets these wait (`strictNamespaces` in its configuration).
///
/// It lies in the state directory, which outlives a reboot: that is when kubelet is up before the
/// agent.
public final class StrictNamespaces {
  /// Its name in the state directory.
  public static final String FILE = "strict-namespaces";

  private static final Logger log = LoggerFactory.getLogger(StrictNamespaces.class);

  private final Path file;
  private final Policies policies;
  private final Directory directory;
  private @Nullable SortedSet<String> written;

  public StrictNamespaces(Path stateDir, Policies policies, Directory directory) {
    this.file = stateDir.resolve(FILE);
    this.policies = policies;
    this.directory = directory;
  }

  /// Writes what is known now; before all Namespaces have been heard of, the last agent's list
  /// stays.
  public synchronized void update() {
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
    try {
      AtomicFile.write(file, lines.getBytes(StandardCharsets.UTF_8));
      written = strict;
    } catch (IOException e) {
      log.error(
          "{}: not written; Pods of strict namespaces may start unstamped while no agent runs",
          file,
          e);
    }
  }

  private static boolean isStrict(PodPolicy policy) {
    return policy.enablement().value() == Enablement.ENABLED
        && policy.profile().value() == Profile.STRICT;
  }
}
