package io.podstamp.netns;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The rules of one Pod in the kernel: what was written last, and whether it is still there.
///
/// They were read back by `nft`, a process, when they were written. As long as nobody has brought a
/// transaction into the namespace since ([Lease#foreignTransactions]) they need not be read again:
/// looking at a Pod then takes two system calls.
///
/// Written and looked at by one thread at a time.
public final class Redirect {
  private final RuleInstaller installer;
  private final Netns netns;
  private final Lease lease;

  private volatile @Nullable RedirectRules written;
  private String readBack = "";
  private volatile @Nullable Integer seal;

  public Redirect(RuleInstaller installer, Netns netns, Lease lease) {
    this.installer = installer;
    this.netns = netns;
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
    installer.install(netns, rules, lasting);
    written = rules;
    try {
      readBack = read();
    } catch (IOException e) {
      // They are written all the same; [#difference] reads again, and says so.
      readBack = "";
    }
    return true;
  }

  /// Whether somebody else changed rules of the namespace since ours were read; cheap.
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
      Integer sealed = seal;
      if (sealed != null && sealed == lease.foreignTransactions()) {
        return null;
      }
      if (read().equals(readBack)) {
        return null;
      }
      seal = null;
      return "the redirect rules were changed";
    } catch (IOException e) {
      return "the redirect rules are gone (" + e.getMessage() + ")";
    }
  }

  /// Takes the rules out.
  public void remove() throws IOException {
    installer.remove(netns);
    written = null;
  }

  /// Reads, and remembers at which count of transactions that was, if it was at one.
  private String read() throws IOException {
    seal = null;
    int before = lease.foreignTransactions();
    String rules = installer.read(netns);
    if (lease.foreignTransactions() == before) {
      seal = before;
    }
    return rules;
  }
}
