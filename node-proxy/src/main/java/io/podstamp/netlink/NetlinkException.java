package io.podstamp.netlink;

import io.podstamp.os.Errno;
import java.io.IOException;

/// The kernel's refusal of a request: `nftables: set podstamp/lease: ENOENT (No such file or
/// directory)`.
public final class NetlinkException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  public NetlinkException(String subject, int errno) {
    super(subject + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  /// As in `errno.h`; [Errno] knows the names.
  public int errno() {
    return errno;
  }
}
