package io.podstamp.capture;

import io.podstamp.config.PodPolicy;
import io.podstamp.pod.Attachment;
import java.io.IOException;

/// Reaches into Pods' namespaces, for their owners.
interface Captures {
  /// Whether the attachment's namespace is there; without it the Pod is gone, whether or not CNI
  /// said so.
  boolean hasNetns(Attachment attachment);

  /// Captures a Pod. When it fails, nothing remains but what was there before.
  ///
  /// @param port tried first for the listener; 0 for any
  PodCapture open(Attachment attachment, PodPolicy policy, int port) throws IOException;

  /// Opens a Pod whose connections are to be counted only; the caller has it follow a policy.
  PodShadow shadow(Attachment attachment) throws IOException;

  /// Takes out what an earlier agent left in a Pod, unless connections still go through its
  /// listener: they would be reset.
  ///
  /// @param port where that agent listened; 0 if it did not
  /// @return whether it is out
  boolean removeInherited(Attachment attachment, int port) throws IOException;

  /// Something of ours was gone in a Pod, and was put back.
  void repaired();

  /// A lease was renewed, or could not be.
  void renewed(boolean success);
}
