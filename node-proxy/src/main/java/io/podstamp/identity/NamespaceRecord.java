package io.podstamp.identity;

import java.util.Map;

/// What the API server says of one Namespace, as far as podstamp uses it.
///
/// @param uid unique over time: a Namespace that is deleted and made anew has another one; empty
///   where only a file of an earlier release tells of it
/// @param annotations and labels of ours ([io.podstamp.config.Annotations#withLabels])
public record NamespaceRecord(String uid, Map<String, String> annotations) {
  public NamespaceRecord {
    annotations = Map.copyOf(annotations);
  }

  /// Whether the two are the same Namespace, as far as can be told.
  public boolean isSame(NamespaceRecord other) {
    return uid.equals(other.uid) || uid.isEmpty() || other.uid.isEmpty();
  }
}
