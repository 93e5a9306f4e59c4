package io.podstamp.capture;

import io.podstamp.config.PodPolicy;
import io.podstamp.metrics.NodeMetrics;
import io.podstamp.netns.Netns;
import io.podstamp.netns.ProxyTarget;
import io.podstamp.netns.RuleInstaller;
import io.podstamp.netns.ShadowRules;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The counting rules in an open namespace. One thread at a time, but for [#counts].
final class KernelShadow implements PodShadow {
  private final Netns netns;
  private final RuleInstaller installer;
  private final NodeMetrics metrics;
  private @Nullable ShadowRules written;
  private volatile List<ShadowRules.Count> counts = List.of();

  KernelShadow(Netns netns, RuleInstaller installer, NodeMetrics metrics) {
    this.netns = netns;
    this.installer = installer;
    this.metrics = metrics;
  }

  @Override
  public void follow(PodPolicy policy) throws IOException {
    ShadowRules rules =
        new ShadowRules(
            new TreeSet<>(policy.ports().value()),
            policy.destinations(),
            ProxyTarget.of(policy.proxyRules()));
    if (!rules.equals(written)) {
      installer.install(netns, rules);
      written = rules;
      counts = List.of();
    }
    read();
  }

  private void read() throws IOException {
    List<ShadowRules.Count> now = installer.readShadow(netns);
    for (ShadowRules.Count count : now) {
      metrics.shadowed(count.port(), count.connections() - before(count.port()));
    }
    counts = now;
  }

  private long before(int port) {
    return counts.stream()
        .filter(count -> count.port() == port)
        .mapToLong(ShadowRules.Count::connections)
        .findFirst()
        .orElse(0);
  }

  @Override
  public List<ShadowRules.Count> counts() {
    return counts;
  }

  @Override
  public void distrust() {
    written = null;
  }

  @Override
  public void removeRules() throws IOException {
    installer.remove(netns);
  }

  @Override
  public void close() throws IOException {
    netns.close();
  }
}
