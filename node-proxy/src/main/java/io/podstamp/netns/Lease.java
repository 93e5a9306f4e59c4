package io.podstamp.netns;

import io.podstamp.netlink.NetlinkException;
import io.podstamp.nftables.Data;
import io.podstamp.nftables.Nftables;
import io.podstamp.os.Errno;
import java.io.IOException;
import java.time.Duration;

/// The lease of one Pod: an element with a timeout in an nft set. The redirect matches only while
/// it is there, so when nobody renews it the Pod's new connections go direct by themselves.
///
/// Renewal is one `send` on the Pod's netlink socket ([Nftables]), which is opened with the lease
/// and closed with it.
public final class Lease implements AutoCloseable {
  /// `IPPROTO_TCP`
  static final Data KEY = Data.u8(6);

  private final Nftables nftables;
  private final Tenant tenant;

  Lease(Nftables nftables, Tenant tenant) {
    this.nftables = nftables;
    this.tenant = tenant;
  }

  /// Whose rules it keeps.
  Tenant tenant() {
    return tenant;
  }

  /// The rules that the lease is part of.
  Nftables nftables() {
    return nftables;
  }

  /// Makes the lease last so long from now.
  ///
  /// @throws IOException when the kernel refuses, most likely because the table is gone
  public void renew(Duration lasting) throws IOException {
    try {
      nftables.refresh(tenant.table(), RedirectRules.LEASE_SET, KEY, lasting);
    } catch (NetlinkException e) {
      throw failed(e);
    }
  }

  /// Ends the lease: the Pod's next connections go direct. Proxied ones live on.
  public void revoke() throws IOException {
    try {
      nftables.withdraw(tenant.table(), RedirectRules.LEASE_SET, KEY);
    } catch (NetlinkException e) {
      throw failed(e);
    }
  }

  /// How many transactions others have brought into the namespace's nf_tables, from an arbitrary
  /// start ([Nftables#foreignTransactions]).
  public int foreignTransactions() throws IOException {
    return nftables.foreignTransactions();
  }

  private static IOException failed(NetlinkException e) {
    return new IOException(
        "the lease cannot be renewed: "
            + e.getMessage()
            + (e.errno() == Errno.ENOENT ? " (maybe the rules were flushed)" : ""),
        e);
  }

  @Override
  public void close() {
    nftables.close();
  }
}
