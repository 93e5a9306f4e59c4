package io.podstamp.identity;

import io.podstamp.pod.PodRef;

/// Asks for what the directory has not heard of yet, for a CNI ADD that cannot wait for it.
public interface Lookup {
  /// Asks for the Pod and its Namespace, 1 s at most together. Blocks: not for an event loop. Never
  /// throws for the API server's trouble.
  Answer find(PodRef pod);

  /// What came back.
  record Answer(Found<PodRecord> pod, Found<NamespaceRecord> namespace) {}

  /// What is known of one object.
  sealed interface Found<T> {
    /// It is there.
    record Known<T>(T value) implements Found<T> {}

    /// The API server says there is none (or, for a Pod, only one with another UID).
    record Absent<T>() implements Found<T> {}

    /// No answer, or none that helps.
    record Unknown<T>(String why) implements Found<T> {}
  }
}
