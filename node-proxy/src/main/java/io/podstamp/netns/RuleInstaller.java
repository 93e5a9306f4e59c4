package io.podstamp.netns;

import io.podstamp.nftables.Nftables;
import io.podstamp.nftables.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Writes and reads rules in namespaces for which no netlink socket is kept: each call opens one
/// inside and closes it. Where there is a [Lease], [Redirect] uses its socket.
///
/// Not to be called on an event loop.
public final class RuleInstaller {
  private final Doorway doorway;

  public RuleInstaller(Doorway doorway) {
    this.doorway = doorway;
  }

  /// Brings the rules in, in one transaction: all of it or nothing.
  public void install(Netns netns, RedirectRules rules, Duration lease) throws IOException {
    replace(netns, rules.table(Tenant.AGENT, lease));
  }

  /// The same for a trial of what the kernel can, on loopback.
  ///
  /// @return whether it shows them as they were written; else [Redirect] takes them for changed
  ///   whenever others change theirs
  public boolean installOnLoopback(Netns netns, RedirectRules rules, Duration lease)
      throws IOException {
    Table table = rules.tableOnLoopback(lease);
    replace(netns, table);
    return read(netns).lasting().equals(table.lasting());
  }

  /// Brings in those that only count.
  public void install(Netns netns, ShadowRules rules) throws IOException {
    replace(netns, rules.table());
  }

  /// What these have counted.
  ///
  /// @throws IOException when they are gone
  public List<ShadowRules.Count> readShadow(Netns netns) throws IOException {
    return ShadowRules.counts(read(netns));
  }

  /// Takes the rules out; it is no error when there are none.
  public void remove(Netns netns) throws IOException {
    try (Nftables nftables = PodSockets.nftables(doorway, netns)) {
      nftables.remove(Tenant.AGENT.table());
    }
  }

  /// What the kernel holds now.
  public Table read(Netns netns) throws IOException {
    try (Nftables nftables = PodSockets.nftables(doorway, netns)) {
      return nftables.read(Tenant.AGENT.table());
    }
  }

  private void replace(Netns netns, Table table) throws IOException {
    try (Nftables nftables = PodSockets.nftables(doorway, netns)) {
      nftables.replace(table);
    }
  }
}
