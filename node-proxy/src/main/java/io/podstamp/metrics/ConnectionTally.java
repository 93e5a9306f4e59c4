package io.podstamp.metrics;

import io.podstamp.config.HeaderMode;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// What happened on one connection; adds itself to the Pod's and the node's counters as it happens.
/// One event loop only, until it has ended; nothing changes after that.
public final class ConnectionTally implements Tally {
  final PodMeter pod;
  final InetSocketAddress destination;
  final long beganNanos = System.nanoTime();
  @Nullable InetSocketAddress upstream;
  @Nullable Protocol protocol;
  @Nullable String serverName;
  @Nullable Reason unstamped;
  @Nullable Reason refused;
  @Nullable String id;
  @Nullable ProxyHeaderOutcome proxyHeader;
  long requestsStamped;
  long bytesUp;
  long bytesDown;
  long endedNanos;
  String end = "";

  private final NodeMetrics node;
  private boolean isEnded;

  ConnectionTally(PodMeter pod, InetSocketAddress destination) {
    this.pod = pod;
    this.node = pod.node;
    this.destination = destination;
  }

  @Override
  public void speaks(Protocol spoken) {
    protocol = spoken;
    node.speaks(spoken);
  }

  @Override
  public void serverName(String name) {
    serverName = name;
  }

  @Override
  public void stamped(int linesRemoved) {
    requestsStamped++;
    pod.requestsStamped.increment();
    node.requestsStamped.increment();
    removed(linesRemoved);
  }

  @Override
  public void token(boolean sent) {
    (sent ? pod.tokensSent : pod.tokensMissing).increment();
    node.token(sent ? TokenOutcome.SENT : TokenOutcome.MISSING);
  }

  @Override
  public boolean clientSent(String header, HeaderMode mode) {
    node.clientValues.add(header, mode);
    return pod.clientValues.add(header, mode);
  }

  @Override
  public void removed(int lines) {
    if (lines > 0) {
      node.linesRemoved.add(lines);
    }
  }

  @Override
  public void unstamped(Reason reason) {
    knowProtocol();
    if (unstamped == null) {
      unstamped = reason;
      pod.unstamped(reason);
    }
    node.unstamped(reason);
  }

  @Override
  public void refused(Reason reason) {
    knowProtocol();
    ends(reason);
    refused = reason;
    node.refused(reason);
  }

  private void ends(@Nullable Reason reason) {
    pod.refusals.add(reason, destination, unstamped == null && !isEnded);
    isEnded = true;
  }

  private void knowProtocol() {
    if (protocol == null) {
      speaks(Protocol.OTHER);
    }
  }

  @Override
  public void tripped() {
    ends(null);
    node.tripped.increment();
  }

  /// The name by which its receiver knows it too.
  public String id() {
    String known = id;
    if (known == null) {
      known = ConnectionIds.next();
      id = known;
    }
    return known;
  }

  /// What came of its header of the PROXY protocol.
  ///
  /// @param leftOut TLVs that ours has not though they are configured
  public void proxyHeader(ProxyHeaderOutcome outcome, int leftOut) {
    proxyHeader = outcome;
    node.proxyHeader(outcome);
    if (outcome == ProxyHeaderOutcome.SENT) {
      pod.proxyHeaders.increment();
      node.proxyTlvsLeftOut.add(leftOut);
    }
  }

  /// The server answered our dial.
  ///
  /// @param local our end of that connection, as the Pod's namespace knows it
  public void dialled(@Nullable InetSocketAddress local) {
    upstream = local;
  }

  /// The server could not be reached; the application sees a reset.
  public void dialFailed() {
    node.dialFailures.increment();
  }

  /// Bytes from the application.
  public void bytesUp(int bytes) {
    bytesUp += bytes;
    pod.bytesUp.add(bytes);
    node.bytesUp.add(bytes);
  }

  /// Bytes from the server.
  public void bytesDown(int bytes) {
    bytesDown += bytes;
    pod.bytesDown.add(bytes);
    node.bytesDown.add(bytes);
  }

  /// The connection is over; called once.
  public void ended(String how) {
    node.connectionsEnded.increment();
    end = how;
    endedNanos = System.nanoTime();
    if (pod.log != null) {
      pod.log.ended(this);
    }
  }
}
