package io.podstamp.http1;

import io.podstamp.config.HeaderMode;
import io.podstamp.metrics.Protocol;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Tally;
import java.util.ArrayList;
import java.util.List;

/// Remembers what became of requests, in order, as text; what a connection speaks shows in that.
final class RecordingTally implements Tally {
  private final List<String> told = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();

  List<String> told() {
    return told;
  }

  /// Which headers of the stamp's the client sent.
  List<String> sent() {
    return sent;
  }

  @Override
  public void speaks(Protocol protocol) {
    // The reasons say it.
  }

  @Override
  public void serverName(String name) {
    // Nobody's business here.
  }

  @Override
  public void stamped(int linesRemoved) {
    told.add("stamped-" + linesRemoved);
  }

  @Override
  public void token(boolean isSent) {
    told.add(isSent ? "token" : "no token");
  }

  @Override
  public boolean clientSent(String header, HeaderMode mode) {
    sent.add(header + " " + mode);
    return false;
  }

  @Override
  public void removed(int lines) {
    told.add("removed-" + lines);
  }

  @Override
  public void unstamped(Reason reason) {
    told.add("unstamped " + reason);
  }

  @Override
  public void refused(Reason reason) {
    told.add("refused " + reason);
  }

  @Override
  public void tripped() {
    told.add("tripped");
  }
}
