package io.podstamp.netns;

import io.podstamp.config.ListenPorts;

/// What a held SYN is told by when it goes through the rules once more (`NF_REPEAT`): a number in
/// some bits of its packet mark. The rules read it and clear it, so that the packet goes on with
/// the mark that its application gave it.
///
/// The rules of every agent that holds SYNs know the numbers of all of them: a SYN that is released
/// by one agent while the next one has written the rules already finds its listener.
public final class SynMark {
  /// The bits. An application's own mark that has some of them cannot be kept beside the number.
  public static final int MASK = 0x7ff0_0000;

  /// So that a mark which anybody else may use is not taken for one.
  private static final int OURS = 0x5300_0000;

  private static final int SHIFT = 20;

  /// Goes on as if nobody had held it, through whatever rules the Pod has.
  public static final int PASS = OURS | 8 << SHIFT;

  /// `connect(2)` fails with `ECONNREFUSED`.
  public static final int REFUSED = OURS | 9 << SHIFT;

  /// With `EHOSTUNREACH`.
  public static final int HOST_UNREACHABLE = OURS | 10 << SHIFT;

  /// With `ENETUNREACH`.
  public static final int NET_UNREACHABLE = OURS | 11 << SHIFT;

  /// With what the kernel makes of ICMP's "administratively prohibited": `EHOSTUNREACH` for IPv4,
  /// `EACCES` for IPv6 (`icmp_err_convert`, `tab_unreach`).
  public static final int PROHIBITED = OURS | 12 << SHIFT;

  private SynMark() {}

  /// It goes to a listener.
  ///
  /// @param port one of [ListenPorts#ALL]
  public static int redirected(int port) {
    int index = ListenPorts.ALL.indexOf(port);
    if (index < 0) {
      throw new IllegalArgumentException("port " + port + " (expected: one of the listen ports)");
    }
    return OURS | index << SHIFT;
  }

  /// The mark that tells, and keeps what it can of the application's own.
  ///
  /// @param own what the packet came with
  public static int beside(int own, int told) {
    return (own & ~MASK) | told;
  }
}
