package io.podstamp.netns;

import io.podstamp.netlink.NetlinkException;
import io.podstamp.nftables.Table;
import io.podstamp.os.Errno;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The rules of one Pod in the kernel: what was written last, and whether it is still there.
///
/// As long as nobody has brought a transaction into the namespace since they were written
/// ([Lease#foreignTransactions]) they need not be read: looking at a Pod then takes two system
/// calls.
///
/// Written and compared by one thread at a time.
public final class Redirect {
  private final Lease lease;

  private volatile @Nullable RedirectRules written;
  private @Nullable Table expected;

  /// The count of others' transactions at which the kernel had these rules; our own do not break
  /// it.
  private volatile @Nullable Integer seal;

  public Redirect(Lease lease) {
    this.lease = lease;
  }

  /// Brings the kernel in line; writes nothing when these are the rules that it has.
  ///
  /// @param lasting how long they work before their next renewal; zero: not at all
  /// @return whether they were written
  public boolean bring(RedirectRules rules, Duration lasting) throws IOException {
    if (rules.equals(written)) {
      return false;
    }
    Table table = rules.table(lease.tenant(), lasting);
    int before = lease.foreignTransactions();
    lease.nftables().replace(table);
    expected = table.lasting();
    written = rules;
    sealIfStill(before);
    return true;
  }

  /// Whether a tenant has rules in the namespace.
  public boolean has(Tenant tenant) throws IOException {
    return lease.nftables().has(tenant.table());
  }

  /// Whether somebody else changed rules of the namespace since ours were written; cheap, and for
  /// any thread.
  ///
  /// @throws IOException when that is so, or cannot be told
  public void requireUntouched() throws IOException {
    Integer sealed = seal;
    if (sealed == null || sealed != lease.foreignTransactions()) {
      throw new IOException("rules of the namespace were changed");
    }
  }

  /// Forgets what was written, so that it is written again.
  public void distrust() {
    written = null;
  }

  /// The rules that were written last; null if none are known to be there.
  public @Nullable RedirectRules written() {
    return written;
  }

  /// Compares what was written with what is there.
  ///
  /// @return null when it is the same, else what is wrong in a few words
  public @Nullable String difference() {
    try {
      int before = lease.foreignTransactions();
      Integer sealed = seal;
      if (sealed != null && sealed == before) {
        return null;
      }
      seal = null;
      if (!lease.nftables().read(lease.tenant().table()).lasting().equals(expected)) {
        return "the redirect rules were changed";
      }
      sealIfStill(before);
      return null;
    } catch (IOException e) {
      boolean areGone = e instanceof NetlinkException refused && refused.errno() == Errno.ENOENT;
      return "the redirect rules "
          + (areGone ? "are gone (" : "cannot be read (")
          + e.getMessage()
          + ")";
    }
  }

  /// Takes the rules out.
  public void remove() throws IOException {
    lease.nftables().remove(lease.tenant().table());
    written = null;
    expected = null;
    seal = null;
  }

  /// The rules were known at some moment since the count was this one; if it still is, nobody else
  /// has had a transaction meanwhile.
  private void sealIfStill(int before) {
    try {
      seal = lease.foreignTransactions() == before ? Integer.valueOf(before) : null;
    } catch (IOException e) {
      // The rules are there all the same; [#difference] reads them.
      seal = null;
    }
  }
}
