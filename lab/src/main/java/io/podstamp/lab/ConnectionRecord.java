package io.podstamp.lab;

/// What became of one connection of a [ConnectionLoad]. Times are microseconds since the epoch.
///
/// @param began when `connect` was called
/// @param connected when it was through; 0 if it failed
/// @param ended when the answer was there, or the failure
/// @param stamp the name that the server was told; empty if none
/// @param outcome [#OK], [#MISMATCH] with both sides, or the error
record ConnectionRecord(long began, long connected, long ended, String stamp, String outcome) {
  static final String OK = "ok";
  static final String MISMATCH = "mismatch";

  /// Behind the name, if the connection began with a header of the PROXY protocol, which told the
  /// client's own port.
  static final String TOLD = " told";

  /// A SYN that is lost costs a whole second; a busy machine costs less, most of the time.
  private static final long LATE_MICROS = 500_000;

  boolean isOk() {
    return outcome.equals(OK);
  }

  boolean isMismatch() {
    return outcome.startsWith(MISMATCH);
  }

  boolean isFailed() {
    return !isOk() && !isMismatch();
  }

  boolean isStamped() {
    return !stamp.isEmpty();
  }

  boolean isTold() {
    return stamp.endsWith(TOLD);
  }

  /// Whether the answer was.
  boolean isLate() {
    return ended - began > LATE_MICROS;
  }

  /// Whether `connect` was, which needs nobody but the two kernels and podstamp.
  boolean isConnectedLate() {
    return (connected == 0 ? ended : connected) - began > LATE_MICROS;
  }

  boolean beganIn(long fromMicros, long toMicros) {
    return began >= fromMicros && began < toMicros;
  }

  boolean endedIn(long fromMicros, long toMicros) {
    return ended >= fromMicros && ended < toMicros;
  }

  /// Whether its `connect` was under way.
  boolean wasConnectingAt(long micros) {
    return began < micros && ended >= micros && (connected == 0 || connected >= micros);
  }

  /// Whether it was connected and not answered.
  boolean wasEstablishedAt(long micros) {
    return connected != 0 && connected < micros && ended >= micros;
  }

  String line() {
    return "%d\t%d\t%d\t%s\t%s".formatted(began, connected, ended, stamp, outcome);
  }

  static ConnectionRecord parse(String line) {
    String[] parts = line.split("\t", 5);
    return new ConnectionRecord(
        Long.parseLong(parts[0]),
        Long.parseLong(parts[1]),
        Long.parseLong(parts[2]),
        parts[3],
        parts[4]);
  }
}
