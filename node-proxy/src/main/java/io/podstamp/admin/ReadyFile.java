package io.podstamp.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file that is there while the agent is ready, for an exec probe: two agents share the Node's
/// ports during an upgrade, so that a probe over HTTP could ask the wrong one. Its one word tells
/// the two apart.
///
/// - `standby`: the Pods are known, another agent serves them; this one could at once.
/// - `serving`: this one serves them.
public final class ReadyFile {
  private static final Logger log = LoggerFactory.getLogger(ReadyFile.class);

  private final @Nullable Path file;
  private boolean synced;
  private boolean serving;

  /// @param file null for none; one that an earlier process left is removed
  public ReadyFile(@Nullable Path file) throws IOException {
    this.file = file;
    if (file != null) {
      Files.deleteIfExists(file);
    }
  }

  /// All Pods and Namespaces have been heard of.
  public synchronized void onSynced() {
    synced = true;
    write();
  }

  /// Every Pod there was is captured by this agent.
  public synchronized void onServing() {
    serving = true;
    write();
  }

  private void write() {
    if (file == null || !synced) {
      return;
    }
    try {
      Files.writeString(file, serving ? "serving\n" : "standby\n");
    } catch (IOException e) {
      log.error("{}: not written; this agent will not be found ready", file, e);
    }
  }
}
