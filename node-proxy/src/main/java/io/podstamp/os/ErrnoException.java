package io.podstamp.os;

import java.io.IOException;

/// A failed system call: what was called on what, and the kernel's errno.
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  public ErrnoException(String call, String on, int errno) {
    super(call + "(" + on + "): " + Errno.describe(errno));
    this.errno = errno;
  }

  /// As in `errno.h`; [Errno] knows the names.
  public int errno() {
    return errno;
  }
}
