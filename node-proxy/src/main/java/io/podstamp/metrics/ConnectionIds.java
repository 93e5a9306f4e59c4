package io.podstamp.metrics;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/// Names for connections, each of the same length: a number of the process, at random, and one of
/// the connection.
public final class ConnectionIds {
  private static final int HALF = 10;

  /// Characters of each, all of ASCII.
  public static final int LENGTH = 2 * HALF;

  private static final String PROCESS = hex(new SecureRandom().nextLong());
  private static final AtomicLong NEXT = new AtomicLong();

  private ConnectionIds() {}

  static String next() {
    return PROCESS + hex(NEXT.incrementAndGet());
  }

  private static String hex(long number) {
    return HexFormat.of().toHexDigits(number, HALF);
  }
}
