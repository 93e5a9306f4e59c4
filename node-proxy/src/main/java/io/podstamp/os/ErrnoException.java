package io.podstamp.os;

import java.io.IOException;

/// A failed system call: what was called on what, and the kernel's errno.
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  ErrnoException(String call, String on, int errno, String text) {
    super(call + "(" + on + "): " + text + " (errno " + errno + ")");
    this.errno = errno;
  }

  /// As in `errno.h`; the numbers are the same on every architecture podstamp runs on.
  public int errno() {
    return errno;
  }
}
