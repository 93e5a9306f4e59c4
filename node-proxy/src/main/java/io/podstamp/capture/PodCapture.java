package io.podstamp.capture;

import io.podstamp.config.Connect;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.netns.ProxyTarget;
import io.podstamp.redirect.PodRedirect;
import java.io.IOException;
import java.util.TreeSet;

/// One captured Pod: what it has in the kernel, and its traffic.
record PodCapture(PodRedirect redirect, PodTraffic traffic) implements AutoCloseable {
  /// What a policy means for the kernel.
  static PodRedirect.Wanted redirected(PodPolicy policy) {
    return new PodRedirect.Wanted(
        new TreeSet<>(policy.ports().value()),
        policy.destinations(),
        policy.profile().value() == Profile.TRANSPARENT,
        policy.connect().value() == Connect.TRUE,
        ProxyTarget.of(policy.proxyRules()));
  }

  /// Brings both sides in line; does nothing when they are.
  void follow(PodPolicy wanted) throws IOException {
    traffic.follow(wanted);
    redirect.bring(redirected(wanted));
  }

  /// Whether connections are still proxied, as far as we or the kernel know.
  boolean isBusy() throws IOException {
    return traffic.openConnections() > 0 || redirect.isBusy();
  }

  /// Ends the proxied connections, and lets go of listener and namespace. Rules stay.
  @Override
  public void close() throws IOException {
    try {
      redirect.stopListening();
    } finally {
      traffic.close();
      redirect.close();
    }
  }
}
