package io.podstamp.pod;

/// Which Pod, by the names Kubernetes gives it.
///
/// @param uid unique over time; empty where the runtime did not pass one (CNI without
///   `K8S_POD_UID`)
public record PodRef(String namespace, String name, String uid) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
