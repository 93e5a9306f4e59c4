package io.podstamp.lab.bench;

import io.podstamp.lab.LabPod;
import java.util.function.Supplier;

/// A contestant in the arena.
///
/// @param pod whose calls it stamps
/// @param proxy its processes as they are now
record Entry(Contestant contestant, LabPod pod, Supplier<ProxyProcesses> proxy) {

  /// What the server is told to expect.
  String stamp() {
    return contestant.stamps() ? pod.name() + "/" + pod.ip() : "/";
  }

  String url(String what) {
    return BenchServer.url(stamp(), what);
  }

  String http2Url(String what) {
    return BenchServer.http2Url(stamp(), what);
  }
}
