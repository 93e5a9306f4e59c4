package io.podstamp.config;

import java.util.Map;
import java.util.Optional;

/// Another mesh that already redirects a Pod's traffic. Two redirects in one netns fight, so such a
/// Pod is left alone unless its own annotation says otherwise.
public enum Mesh implements Decision.Origin {
  ISTIO_SIDECAR("annotation sidecar.istio.io/status"),
  ISTIO_AMBIENT("annotation ambient.istio.io/redirection=enabled"),
  LINKERD("container linkerd-proxy"),
  KUMA("annotation kuma.io/sidecar-injected"),
  CONSUL("annotation consul.hashicorp.com/connect-inject-status");

  /// The container by which a Pod of Linkerd is known.
  public static final String LINKERD_CONTAINER = "linkerd-proxy";

  private final String sign;

  Mesh(String sign) {
    this.sign = sign;
  }

  /// The mesh that a Pod belongs to, if any.
  ///
  /// @param annotations the Pod's
  /// @param linkerdContainer whether the Pod has a container [#LINKERD_CONTAINER]
  public static Optional<Mesh> of(Map<String, String> annotations, boolean linkerdContainer) {
    if (annotations.containsKey("sidecar.istio.io/status")) {
      return Optional.of(ISTIO_SIDECAR);
    }
    if ("enabled".equals(annotations.get("ambient.istio.io/redirection"))) {
      return Optional.of(ISTIO_AMBIENT);
    }
    if (linkerdContainer) {
      return Optional.of(LINKERD);
    }
    if (!annotations.getOrDefault("kuma.io/sidecar-injected", "false").equals("false")) {
      return Optional.of(KUMA);
    }
    if (annotations.containsKey("consul.hashicorp.com/connect-inject-status")) {
      return Optional.of(CONSUL);
    }
    return Optional.empty();
  }

  @Override
  public String label() {
    return "another mesh: " + sign;
  }
}
