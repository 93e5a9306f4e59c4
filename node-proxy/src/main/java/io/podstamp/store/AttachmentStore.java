package io.podstamp.store;

import io.podstamp.pod.Attachment;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What outlives the agent: its attachments, and what is needed to take them up again. Each one is
/// written by its owner alone, different ones at the same time.
public interface AttachmentStore {
  /// What is remembered of one attachment.
  ///
  /// @param port where its listener was bound last; 0 if nowhere
  /// @param shadowed whether rules that only count may be in its namespace
  /// @param namespace the Pod's Namespace as last known, for a start without API server; null if
  ///   never known
  record Stored(
      Attachment attachment, int port, boolean shadowed, @Nullable KnownNamespace namespace) {}

  /// A Namespace.
  ///
  /// @param uid empty when an earlier release wrote it
  record KnownNamespace(String uid, Map<String, String> annotations) {}

  /// Remembers it, in place of what was remembered under its id. Does nothing when that is the
  /// same.
  ///
  /// @throws IOException when it is not remembered; the next call tries again
  void put(Stored stored) throws IOException;

  /// Forgets it; no error when it is not there.
  void remove(String id) throws IOException;

  /// Everything remembered, as far as it can be read: one that cannot be is reported and left out.
  List<Stored> load() throws IOException;
}
