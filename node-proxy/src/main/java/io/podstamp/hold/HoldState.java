package io.podstamp.hold;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What any thread may say or ask of the SYNs of one Pod that are held. All times are of
/// `System.nanoTime`.
final class HoldState {
  /// For how long all go direct once it was seen that they do not come to the listener, and for how
  /// long a Pod counts as one without ports.
  private static final long DETOUR_NANOS = TimeUnit.SECONDS.toNanos(30);

  private volatile boolean mayPass = true;
  private volatile boolean gateClosed;
  private volatile long passedAtNanos = System.nanoTime() - 1;
  private volatile boolean hadPorts = true;
  private volatile long withoutPortNanos;
  private volatile @Nullable Detour detour;

  /// Why SYNs go direct for now, and until when.
  private record Detour(String why, long untilNanos) {}

  /// Whether SYNs that cannot be dialled may go direct (transparent), or not (strict).
  boolean mayPass() {
    return mayPass;
  }

  void mayPass(boolean may) {
    mayPass = may;
  }

  /// Whether the Pod's connections are not taken for now.
  boolean isGateClosed() {
    return gateClosed;
  }

  void gate(boolean isClosed) {
    gateClosed = isClosed;
  }

  /// All that are held are let go in this moment.
  void allPass() {
    passedAtNanos = System.nanoTime();
  }

  /// Whether that has happened since.
  boolean havePassedSince(long nanos) {
    return passedAtNanos - nanos >= 0;
  }

  /// A dial found no free local port.
  void noPort(long now) {
    withoutPortNanos = now;
    hadPorts = false;
  }

  /// Whether one did lately.
  boolean isWithoutPorts() {
    return !hadPorts && System.nanoTime() - withoutPortNanos < DETOUR_NANOS;
  }

  /// For a while all go direct.
  ///
  /// @return whether they did not before
  boolean goDirect(String why) {
    boolean isNew = detour().isEmpty();
    detour = new Detour(why, System.nanoTime() + DETOUR_NANOS);
    return isNew;
  }

  /// Why they do, in one clause; empty when they do not.
  String detour() {
    Detour now = detour;
    return now == null || now.untilNanos - System.nanoTime() < 0 ? "" : now.why;
  }
}
