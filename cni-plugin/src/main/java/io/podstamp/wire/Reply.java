package io.podstamp.wire;

import java.util.Arrays;

/// What the plugin prints and how it exits.
///
/// @param exitCode 0 to 255; 0 is success
/// @param stdout a result, an error object, or nothing; not copied, so leave it alone afterwards
@SuppressWarnings("ArrayRecordComponent") // up to 4 MiB, handed over; equals looks at the content
public record Reply(int exitCode, byte[] stdout) {
  public Reply {
    if (exitCode < 0 || exitCode > 255) {
      throw new IllegalArgumentException("exit code: " + exitCode + " (expected: 0 to 255)");
    }
  }

  /// Success with something to print.
  public static Reply success(byte[] stdout) {
    return new Reply(0, stdout);
  }

  /// Success with nothing to print, as DEL, CHECK, GC and STATUS have it.
  public static Reply silence() {
    return new Reply(0, new byte[0]);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Reply that
        && exitCode == that.exitCode
        && Arrays.equals(stdout, that.stdout);
  }

  @Override
  public int hashCode() {
    return 31 * exitCode + Arrays.hashCode(stdout);
  }
}
