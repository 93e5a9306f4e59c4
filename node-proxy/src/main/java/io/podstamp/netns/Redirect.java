package io.podstamp.netns;

import io.podstamp.nftables.Table;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rules of one Pod in the kernel: what was written last, and whether it is still there.
///
/// As long as nobody has brought a transaction into the namespace since they were written
/// ([Lease#foreignTransactions]) they need not be read: looking at a Pod then takes two system
/// calls.
///
/// Written and looked at by one thread at a time.
public final class Redirect {
  private static final Logger log = LoggerFactory.getLogger(Redirect.class);

  private final Lease lease;

  private volatile @Nullable RedirectRules written;
  private @Nullable Table expected;
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
    Table table = rules.table(lasting);
    seal = null;
    int before = lease.foreignTransactions();
    lease.nftables().replace(table);
    expected = table.lasting();
    written = rules;
    try {
      sealSince(before);
    } catch (IOException e) {
      // They are written all the same; without a seal the next look reads them.
      log.debug("rules are not sealed: {}", e.getMessage());
    }
    return true;
  }

  /// Whether nobody else has changed rules of the namespace since ours were known; two system
  /// calls.
  ///
  /// @throws IOException when somebody has, or it cannot be told
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
      if (!lease.nftables().read(RedirectRules.TABLE).lasting().equals(expected)) {
        return "the redirect rules were changed";
      }
      sealSince(before);
      return null;
    } catch (IOException e) {
      return "the redirect rules are gone (" + e.getMessage() + ")";
    }
  }

  /// Takes the rules out.
  public void remove() throws IOException {
    lease.nftables().remove(RedirectRules.TABLE);
    written = null;
    expected = null;
    seal = null;
  }

  /// Remembers at which count of transactions the rules are known, if nobody has had one meanwhile.
  private void sealSince(int before) throws IOException {
    if (lease.foreignTransactions() == before) {
      seal = before;
    }
  }
}
