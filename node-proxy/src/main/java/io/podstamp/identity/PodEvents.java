package io.podstamp.identity;

import io.podstamp.pod.PodRef;

/// Tells who looks at a Pod (`kubectl describe pod`) what became of it. Needs the right to write
/// events, so it is only made when the operator asks for it.
public interface PodEvents {
  /// Writes one event, or adds to the one that says the same already. Blocks: not for an event
  /// loop. Never throws for the API server's trouble.
  void tell(PodRef pod, Kind kind, String message);

  /// What can be told; the reason of a Kubernetes event.
  enum Kind {
    ANNOTATION_INVALID("PodstampAnnotationInvalid"),
    CAPTURE_FAILED("PodstampCaptureFailed"),
    REPAIRED("PodstampRepaired"),
    REQUESTS_REFUSED("PodstampRequestsRefused"),
    /// Of an agent's own Pod.
    CONFIG_INVALID("PodstampConfigInvalid");

    private final String reason;

    Kind(String reason) {
      this.reason = reason;
    }

    /// In camel case, as events have it.
    public String reason() {
      return reason;
    }
  }
}
