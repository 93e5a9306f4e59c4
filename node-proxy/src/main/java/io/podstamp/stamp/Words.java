package io.podstamp.stamp;

import io.netty.buffer.ByteBuf;

/// The words of a field like `Connection`, where not only commas part them: Apache takes blanks and
/// `;` for such, tinyproxy every sign that no token has.
public final class Words {
  /// What a word is asked.
  public interface Test {
    boolean test(ByteBuf bytes, int from, int to);
  }

  private Words() {}

  /// Whether a word passes the test.
  public static boolean any(ByteBuf bytes, int from, int to, Test test) {
    for (int at = from; at < to; ) {
      int end = Octets.tokenEnd(bytes, at, to);
      if (end > at && test.test(bytes, at, end)) {
        return true;
      }
      at = end + 1;
    }
    return false;
  }
}
